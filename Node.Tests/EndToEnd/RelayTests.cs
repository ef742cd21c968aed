using System.Diagnostics;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>Real processes on bad lines: all their datagrams go through a relay that delays, loses and cuts.</summary>
[NonParallelizable]
public class RelayTests
{
    private const int Rounds = 8;

    [Test, CancelAfter(300_000)]
    public async Task Over_100_ms_with_2_percent_loss_four_nodes_learn_as_much_as_without()
    {
        double near, far;
        await using (var plain = await Network.Start(validators: 4, Rounds))
            near = await Learn(plain);
        var (network, relay) = await Network.StartApart(
            validators: 4, Rounds, new() { DelayUs = 50_000, LossPerMille = 20 });
        await using (network)
        using (relay)
        {
            far = await Learn(network);
            Assert.That(relay.Count(0, 1).Dropped, Is.GreaterThan(10), "the line did lose datagrams");
        }
        TestContext.Out.WriteLine($"accuracy {near:P2} nearby, {far:P2} far apart");
        Assert.That(far, Is.EqualTo(near).Within(0.02));
    }

    // 30: what a partition causes is nobody's fault.
    [TestCase(60)]
    [TestCase(600, Explicit = true, Reason = "takes ten minutes")]
    [CancelAfter(900_000)]
    public async Task Two_halves_that_were_apart_go_on_within_five_seconds_and_nobody_is_banned(int seconds)
    {
        var (network, relay) = await Network.StartApart(validators: 4, rounds: 1, new() { DelayUs = 5_000 });
        await using var all = network;
        using var line = relay;
        var witness = network.Nodes[0];
        relay.Apart = 0b0011;
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var height = (await witness.Status()).Height;
        relay.Apart = 0;
        var clock = Stopwatch.StartNew();
        await network.Until(async () => (await witness.Status()).Height > height + 1, 5, "it goes on");
        TestContext.Out.WriteLine($"two blocks {clock.Elapsed.TotalSeconds:F1} s after {seconds} s apart");
        await network.Until(async () =>
        {
            var tips = await Task.WhenAll(network.Nodes.Select(n => n.Status()));
            return tips.All(t => t.Peers == 3 && t.Height > height);
        }, 20, "everybody is connected again");
        Assert.That(network.Nodes.SelectMany(n => n.Logged), Has.None.Contains("banned"));
    }

    private static async Task<double> Learn(Network network)
    {
        await network.AddDigits(contributors: 4, parts: 4);
        // Every node has held-out rows of its own; on those of one alone two rows are two percent.
        var witness = network.Nodes[0];
        await network.Until(
            async () => (await witness.Task()).Results[^1] is { Number: Rounds, Evaluations.Count: 4 },
            150, "all rounds are done and graded by all");
        return (await witness.Task()).Results[^1].Accuracy!.Value;
    }
}
