using System.Security.Cryptography;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>kill -9 of a node at moments that nobody chose.</summary>
[NonParallelizable]
public class CrashTests
{
    private const int Seed = 20, Kills = 6, KillsMax = 40, LongestLife = 1500;
    private const string Finished = "finished";

    [Test, CancelAfter(240_000)]
    public async Task A_node_killed_in_the_middle_of_rounds_holds_nobody_up_catches_up_and_never_votes_twice()
    {
        await using var network = await Network.Start(validators: 4, rounds: 14);
        var victim = network.Nodes[2];
        await network.AddDigits(contributors: 4, parts: 4);
        await network.Until(async () => (await victim.Task()).Round >= 1, 60, "a round is done");

        await KillForLong(network, victim);
        await KillAgainAndAgain(network, victim);

        await network.Until(async () => await AllAreDone(network), 120, "all four have finished");
        await HoldTheSame(network);
        VotedOnce(network);
    }

    // The others have to do whole rounds without it.
    private static async Task KillForLong(Network network, NodeProcess victim)
    {
        var witness = network.Nodes[0];
        await network.Until(async () => (await witness.Task()).Phase == "reveal", 60, "a round is in its middle");
        await victim.Kill();
        var (round, height) = ((await witness.Task()).Round, (await witness.Status()).Height);
        await network.Until(async () => (await witness.Task()).Round >= round + 2, 60, "the others do two rounds");
        await network.Start(victim);
        await network.Until(async () => (await victim.Status()).Height > height, 30, "it has caught up");
        TestContext.Out.WriteLine($"killed in round {round} at height {height}; the others did two rounds without it");
    }

    private static async Task KillAgainAndAgain(Network network, NodeProcess victim)
    {
        var random = new Random(Seed);
        // Most of a height is spent waiting for something to do: go on until a kill has hit one at work.
        for (var i = 0; i < Kills || i < KillsMax && Resumed(network).Count == 0; i++)
        {
            await Task.Delay(random.Next(LongestLife));
            var (task, status) = (await victim.Task(), await victim.Status());
            await victim.Kill();
            TestContext.Out.WriteLine(
                $"killed at height {status.Height} ({status.Step}), learning round {task.Round} ({task.Phase})");
            await network.Start(victim);
        }
    }

    private static async Task<bool> AllAreDone(Network network)
    {
        foreach (var node in network.Nodes)
            if ((await node.Task()).Phase != Finished)
                return false;
        return true;
    }

    private static async Task HoldTheSame(Network network)
    {
        var held = new List<string>();
        foreach (var node in network.Nodes)
            held.Add(Convert.ToHexStringLower(SHA256.HashData(await node.Blob((await node.Task()).Parameters))));
        TestContext.Out.WriteLine($"parameters {string.Join(' ', held)}");
        Assert.That(held.Distinct().Count(), Is.EqualTo(1));
        var results = await Task.WhenAll(network.Nodes.Select(async node => (await node.Task()).Results));
        var histories = results.Select(each => string.Join(' ', each.Select(round => round.Parameters)));
        Assert.That(histories.Distinct().Count(), Is.EqualTo(1));
        Assert.That(results[0][^1].Accuracy, Is.GreaterThan(0.9));
    }

    private static void VotedOnce(Network network)
    {
        Assert.That(Logged(network, "voted twice"), Is.Empty);
        var resumed = Resumed(network);
        TestContext.Out.WriteLine(string.Join('\n', resumed));
        Assert.That(resumed, Is.Not.Empty, "no kill came in the middle of a height: nothing was tried");
    }

    private static List<string> Resumed(Network network) => Logged(network, "resumed height");

    private static List<string> Logged(Network network, string words) =>
    [
        .. network.Nodes.SelectMany(node => node.Logged)
            .Where(line => line.Contains(words, StringComparison.Ordinal)),
    ];
}
