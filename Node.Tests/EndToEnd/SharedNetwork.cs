namespace Ledger.Node.Tests.EndToEnd;

/// <summary>Two nodes whose task is done, for all tests that only look: started by the first that asks, ended after the
/// last.</summary>
[SetUpFixture]
public class SharedNetwork
{
    private static readonly Lazy<Task<Network>> Shared = new(Train);

    internal static Task<Network> Get() => Shared.Value;

    [OneTimeTearDown]
    public async Task End()
    {
        if (Shared is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await Shared.Value).DisposeAsync();
    }

    private static async Task<Network> Train()
    {
        var network = await Network.Start(validators: 2, rounds: 4);
        await network.AddDigits(contributors: 2, parts: 2);
        foreach (var node in network.Nodes)
            await network.Until(async () => (await node.Task()).Phase == "finished", 60, "all rounds are done");
        return network;
    }
}
