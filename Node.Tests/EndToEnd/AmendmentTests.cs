using System.Globalization;
using Ledger.Consensus.Chain;
using Ledger.Node.Cli;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>Real validators change the rules of their chain from the command line.</summary>
[NonParallelizable]
public class AmendmentTests
{
    [Test, CancelAfter(180_000)]
    public async Task Validators_amend_a_parameter_and_then_a_version_before_which_older_programs_stop()
    {
        await using var network = await Network.Start(validators: 4, rounds: 1);
        var witness = network.Nodes[3];
        var height = await Amend(network, ahead: 25, "--set", "empty-block-interval-ms=150");
        await network.Until(async () => (await witness.Status()).Height >= height, 60, "the amendment is due");

        var rules = await witness.Json("chain", "rules");
        Assert.That(rules.GetProperty("parameters").GetProperty("empty-block-interval-ms").GetInt32(),
            Is.EqualTo(150));
        Assert.That(rules.GetProperty("version").GetInt32(), Is.EqualTo(1));

        height = await Amend(network, ahead: 60, "--protocol-version", $"{Header.NewestVersion + 1}");
        var said = await witness.Command("chain", "rules");
        Assert.That(string.Join('\n', said.Output), Does.Contain(
            $"scheduled: from block {height} on protocol version 2; this program will stop there"));
        said = await witness.Command("chain", "status");
        Assert.That(string.Join('\n', said.Output), Does.Contain(
            $"this program stops before block {height}: install the new version"));
        foreach (var node in network.Nodes)
        {
            Assert.That(await node.Process.Exit(TimeSpan.FromSeconds(60)), Is.EqualTo(ExitCode.Failed));
            Assert.That(string.Join('\n', node.Logged), Does.Contain(
                $"error: from block {height} on the chain follows version 2 of the protocol").And.Contain(
                "hint: install the new version of ledger and start it with the same home"));
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task What_no_validator_may_vote_for_is_refused_with_what_to_do()
    {
        await using var network = await Network.Start(validators: 1, rounds: 1);
        foreach (var (arguments, error) in new[]
        {
            (new[] { "--set", "block-intervall-ms=9", "--at", "+100" }, "no parameter 'block-intervall-ms'"),
            (["--set", "vote-timeout-ms=0", "--at", "+100"], "parameters: 'vote-timeout-ms' is 0"),
            (["--set", "slash-per-mille=1001", "--at", "+100"], "parameters: 'slash-per-mille' is 1001"),
            (["--set", "unbonding-ms=999999999", "--at", "+100"], "no validator may vote for such an amendment"),
            (["--protocol-version", "7", "--at", "+100"], "no validator may vote for such an amendment"),
            (["--set", "minimum-fee", "--at", "+100"], "'minimum-fee' is no change of a parameter"),
            (["--set", "minimum-fee=2", "--at", "soon"], "'soon' is no height"),
            (["--set", "minimum-fee=2", "--at", "1"], "height 1 is behind the chain, or too far ahead"),
        })
        {
            var said = await network.Nodes[0].Command(["chain", "amend", .. arguments]);
            Assert.That(string.Join('\n', said.Errors), Does.StartWith($"error: {error}").And.Contain("hint: "));
        }
    }

    // Three of four vote for the same height; the fourth learns of it from the chain.
    private static async Task<ulong> Amend(Network network, ulong ahead, params string[] change)
    {
        var height = (await network.Nodes[0].Status()).Height + ahead;
        var at = height.ToString(CultureInfo.InvariantCulture);
        foreach (var node in network.Nodes.Take(3))
            (await node.Json(["chain", "amend", "--at", at, .. change])).GetProperty("height");
        return height;
    }
}
