using System.Diagnostics;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Node.Cli;
using Ledger.Node.Http;
using Ledger.Node.Overlay;
using Ledger.Node.Tests.Host;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>What may cost an operator the stake, and what a network does that has lost too much of it.</summary>
[NonParallelizable]
public class StakeAtRiskTests
{
    [Test, CancelAfter(120_000)]
    public async Task A_key_that_signs_on_a_second_machine_is_slashed_on_chain_and_its_node_stops_with_the_reason()
    {
        await using var network = await Network.Start(validators: 4, rounds: 1);
        var (witness, twice) = (network.Nodes[0], network.Nodes[3]);
        using var key = twice.Key();
        var status = await witness.Status();
        Assert.That(Digest.TryParse(status.Chain, out var chain));
        using var second = new Hostile(chain!.Value, network.Nodes.Take(3).Select(n => n.Known));
        await network.Until(() => Task.FromResult(second.Connections == 3), 10, "the second machine is connected");
        var clock = Stopwatch.StartNew();

        await network.Until(async () =>
        {
            // Heights pass quickly: some of these meet the one that is at hand.
            var next = (await witness.Status()).Height + 1;
            foreach (var block in (Digest?[])[null, chain])
                second.Say(new WireMessage.Ballot(
                    Hostile.Sign(chain.Value, key, VoteKind.Precommit, next, 1, block)));
            return (await witness.Account(twice)).Tombstoned;
        }, 40, "the chain shuts it out");

        TestContext.Out.WriteLine($"shut out {clock.Elapsed.TotalSeconds:F1} s after the first double vote");
        Assert.That((await witness.Account(twice)).Stake, Is.EqualTo(9_500), "a twentieth is gone");
        Assert.That((await witness.Status()).Tombstoned, Is.EqualTo(new[] { twice.Address }));
        Assert.That(await twice.Process.Exit(TimeSpan.FromSeconds(20)), Is.EqualTo(ExitCode.Failed));
        Assert.That(string.Join('\n', twice.Logged), Does.Contain("error: this node's key has signed at height")
            .And.Contain("hint: the key runs elsewhere too"));
        var height = (await witness.Status()).Height;
        await network.Until(async () => (await witness.Status()).Height > height + 2, 20, "the others go on");
    }

    [Test, CancelAfter(120_000)]
    public async Task An_honest_validator_from_an_older_copy_of_its_home_stops_with_the_reason_and_keeps_its_stake()
    {
        await using var network = await Network.Start(validators: 4, rounds: 1);
        var (witness, old) = (network.Nodes[0], network.Nodes[3]);
        await old.Stop();
        var copy = network.File("copy");
        old.CopyHome(copy);
        await network.Start(old);
        // It listens before it votes; what it has not signed, nobody can hold against the copy.
        await network.Until(
            async () => (await witness.Account(old)).Missed > 0, 30, "it is missed in a certificate");
        await network.Until(async () => (await witness.Account(old)).Missed == 0, 30, "it votes again");
        await old.Stop();
        Directory.Delete(old.Home, recursive: true);
        Directory.Move(copy, old.Home);

        await network.Start(old);

        Assert.That(await old.Process.Exit(TimeSpan.FromSeconds(40)), Is.EqualTo(ExitCode.Failed));
        Assert.That(string.Join('\n', old.Logged), Does.Contain("which its sign guard does not know")
            .And.Contain("start a new home with a new key"));
        Assert.That((await witness.Account(old)).Tombstoned, Is.False);
        Assert.That((await witness.Account(old)).Stake, Is.EqualTo(10_000));
    }

    [Test, CancelAfter(180_000)]
    public async Task With_three_of_four_it_goes_on_with_two_it_stops_and_says_so_and_it_goes_on_when_one_is_back()
    {
        await using var network = await Network.Start(validators: 4, rounds: 1);
        var witness = network.Nodes[0];
        await network.Nodes[3].Stop();
        var height = (await witness.Status()).Height;
        await network.Until(async () => (await witness.Status()).Height > height + 3, 40, "three go on");

        await network.Nodes[2].Stop();
        await network.Until(async () => (await witness.Status()).Health == Health.Halted, 90, "two have stopped");
        var halted = await witness.Status();
        var said = await witness.Command("chain", "status");
        Assert.That(halted.Stall!.Silent, Is.EquivalentTo(network.Nodes.Skip(2).Select(n => n.Address)));
        Assert.That((halted.Stall.Heard, halted.Stall.Needed), Is.EqualTo((20_000UL, 26_667UL)));
        Assert.That(string.Join('\n', said.Output), Does.Contain(
            "halted: votes of 20000 of 40000 stake heard, 26667 needed; silent: led1"));
        TestContext.Out.WriteLine(string.Join('\n', said.Output));

        await network.Start(network.Nodes[2]);
        await network.Until(async () => (await witness.Status()).Height > halted.Height + 3, 60, "three go on again");
        Assert.That((await witness.Status()).Health, Is.EqualTo(Health.Ok));
    }
}
