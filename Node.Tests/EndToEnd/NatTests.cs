namespace Ledger.Node.Tests.EndToEnd;

/// <summary>Real processes behind address translators of the kernel's own.</summary>
[NonParallelizable]
public class NatTests
{
    private const int ThirdPort = 9470, Port = 9471;

    [TestCase(Uninvited.Dropped)]
    [TestCase(Uninvited.Taken)]
    [CancelAfter(240_000)]
    public async Task Two_nodes_behind_NATs_reach_each_other_directly(Uninvited uninvited)
    {
        using var networks = TranslatedNetworks.Make(uninvited);
        await using var network = await Network.Of(validators: 2);
        var (one, other) = (network.Nodes[0], network.Nodes[1]);
        var third = await network.Join();
        (third.Launcher, third.Listen) = (networks.InPublic, $"{TranslatedNetworks.Public}:{ThirdPort}");
        await third.Start(network.Genesis);
        for (var i = 0; i < 2; i++)
        {
            (network.Nodes[i].Launcher, network.Nodes[i].Listen) = (networks.Behind(i), $"0.0.0.0:{Port}");
            await network.Nodes[i].Start(network.Genesis, third.Peer);
        }

        await network.Until(async () => await Sees(one, other, at: 1) && await Sees(other, one, at: 0), 60,
            "each sees the other at its translator's address");
        await third.Stop();

        // Neither can decide anything without the other's vote.
        var height = (await one.Status()).Height;
        await network.Until(async () => (await one.Status()).Height >= height + 5
            && (await other.Status()).Height >= height + 5, 30, "the two make blocks without the third");
        Assert.That((await one.Peers()).Select(p => p.Address), Is.EqualTo([PublicOf(1)]));
        Assert.That((await other.Peers()).Select(p => p.Address), Is.EqualTo([PublicOf(0)]));
    }

    private static async Task<bool> Sees(NodeProcess node, NodeProcess peer, int at) =>
        (await node.Peers()).Any(p => p.Id == peer.Peer.Split('@')[0] && p.Address == PublicOf(at));

    private static string PublicOf(int translator) => $"{TranslatedNetworks.Outside[translator]}:{Port}";
}
