using System.Globalization;
using System.Security.Cryptography;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>A newcomer: a key of its own, the genesis file, the address of one peer.</summary>
[NonParallelizable]
public class LateJoinTests
{
    [Test, CancelAfter(180_000)]
    public async Task A_fifth_node_that_joins_late_is_given_tokens_adds_data_and_is_paid_for_a_round()
    {
        // Slow, so that there is something left to learn, and to earn, when it comes.
        await using var network = await Network.Start(validators: 4, rounds: 200, "--learning-rate", "0.005");
        await network.AddDigits(contributors: 4, parts: 5);
        var first = network.Nodes[0];
        await network.Until(async () => (await first.Task()).Round >= 2, 60, "rounds are done without it");

        var fifth = await network.Join();
        await network.Start(fifth);
        await first.Json("account", "send", fifth.Address, "5000");
        await network.Until(
            async () => (await fifth.Status()).Height + 2 >= (await first.Status()).Height, 60, "it is at the tip");
        var account = await fifth.Json("account", "show");
        Assert.That(account.GetProperty("balance").GetUInt64(), Is.EqualTo(5000));
        Assert.That(account.GetProperty("validator").GetBoolean(), Is.False);

        var added = await fifth.Json("shard", "add", "digits", "--part", "5/5");
        var rows = new[] { "rows", "validation", "heldOut" }.Sum(part => added.GetProperty(part).GetInt32());
        Assert.That(rows, Is.InRange(355, 365));
        await network.Until(
            async () => (await fifth.Json("account", "show")).GetProperty("balance").GetUInt64() > 5000, 90,
            "it has earned more than it cost");

        await HoldTheSame(await LastPaid(first, fifth.Address), network);
    }

    [Test, CancelAfter(180_000)]
    public async Task A_newcomer_to_a_busy_network_in_which_all_prune_begins_with_a_snapshot_and_keeps_up()
    {
        await using var network = await Network.Of(validators: 4, rounds: 2_000);
        await WithSnapshotsEvery(50, network.Genesis);
        foreach (var node in network.Nodes)
        {
            node.Options = ["--keep-blocks", "150"];
            await network.Start(node);
        }
        var first = network.Nodes[0];
        await network.AddDigits(contributors: 4, parts: 4);
        await network.Until(async () => (await first.Status()).Height >= 350, 90, "the first blocks are pruned");

        var newcomer = await network.Join();
        await network.Start(newcomer);
        await network.Until(async () => (await newcomer.Status()).Height >= (await first.Status()).Height, 30, "tip");
        var (lags, from) = (new List<long>(), (await first.Status()).Height);
        for (var look = 0; look < 60; look++)
        {
            lags.Add((long)(await first.Status()).Height - (long)(await newcomer.Status()).Height);
            await Task.Delay(100);
        }

        Assert.That(newcomer.Logged, Has.Some.Contain("began with the state of height"));
        Assert.That((await first.Status()).Height, Is.GreaterThan(from + 20), "blocks went on");
        Assert.That(lags.Order().ElementAt(lags.Count / 2), Is.LessThan(5), string.Join(' ', lags));
        Assert.That(network.Nodes.SelectMany(node => node.Logged), Has.None.Contain("Misbehaviour"));
    }

    private static async Task WithSnapshotsEvery(int blocks, string genesis)
    {
        var text = await File.ReadAllTextAsync(genesis);
        var changed = text.Replace("\"snapshot-interval-blocks\": 1000", $"\"snapshot-interval-blocks\": {blocks}",
            StringComparison.Ordinal);
        Assert.That(changed, Is.Not.EqualTo(text));
        await File.WriteAllTextAsync(genesis, changed);
    }

    // Asked of another: the node itself may be a block ahead or behind.
    private static async Task<string> LastPaid(NodeProcess witness, string address) =>
        (await witness.Task()).Results
            .Last(round => round.Paid.Any(paid => paid.Contributor == address && paid.Reward > 0)).Number
            .ToString(CultureInfo.InvariantCulture);

    // While rounds go on, two nodes are compared at the same one.
    private static async Task HoldTheSame(string round, Network network)
    {
        var held = new List<string>();
        foreach (var node in network.Nodes)
        {
            await network.Until(
                async () => (await node.Task()).Results[^1].Number >= uint.Parse(round), 30, $"{node.Home} is there");
            var file = network.File($"{Path.GetFileName(node.Home)}.safetensors");
            var export = await node.Json("model", "export", "--round", round, "-o", file);
            var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file)));
            held.Add($"{export.GetProperty("parameters")} {hash}");
        }
        TestContext.Out.WriteLine($"round {round}:\n{string.Join('\n', held)}");
        Assert.That(held.Distinct().Count(), Is.EqualTo(1));
    }
}
