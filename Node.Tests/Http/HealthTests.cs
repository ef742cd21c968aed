using Ledger.Node.Cli;
using Ledger.Node.Http;

namespace Ledger.Node.Tests.Http;

/// <summary>Health is the age of the last commit against the chain's timeouts; a halted chain is never called
/// ok.</summary>
public class HealthTests
{
    private static readonly FakeNode Node = Moving();

    [TestCase(0UL, Health.Ok)]
    [TestCase(6_000UL, Health.Ok)]
    [TestCase(8_000UL, Health.Slow)]
    [TestCase(60_000UL, Health.Halted)]
    [TestCase(6_000_000UL, Health.Halted)]
    public void The_older_the_last_commit_the_worse(ulong age, string health) =>
        Assert.That(Health.Of(Node.Snapshot, FakeNode.Now + age), Is.EqualTo(health));

    [Test]
    public void Before_the_first_commit_nobody_knows() =>
        Assert.That(Health.Of(Node.Snapshot with { CommittedAtMs = 0 }, FakeNode.Now), Is.EqualTo(Health.Starting));

    [Test]
    public void A_node_that_was_restarted_on_a_halted_chain_says_so() =>
        Assert.That(Health.Of(Node.Snapshot with { CommittedAtMs = 0 }, FakeNode.Now + 60_000),
            Is.EqualTo(Health.Halted));

    [Test]
    public void Before_the_first_block_nothing_is_ok() =>
        Assert.That(Health.Of(new FakeNode().Snapshot, FakeNode.Now), Is.EqualTo(Health.Starting));

    [Test]
    public void A_node_behind_its_peers_is_syncing() =>
        Assert.That(Health.Of(Node.Snapshot with { BestPeerHeight = 100 }, FakeNode.Now), Is.EqualTo(Health.Syncing));

    [Test]
    public void A_node_that_stopped_catching_up_is_halted() =>
        Assert.That(Health.Of(Node.Snapshot with { BestPeerHeight = 100 }, FakeNode.Now + 60_000),
            Is.EqualTo(Health.Halted));

    [Test]
    public void A_clock_behind_the_commit_is_not_an_old_commit() =>
        Assert.That(Health.Of(Node.Snapshot, FakeNode.Now - 5_000), Is.EqualTo(Health.Ok));

    [Test]
    public void A_halted_chain_says_whose_stake_is_missing()
    {
        var halted = Node.Snapshot with { Silent = [Node.Snapshot.Address] };

        var status = ViewOf.Status(halted, FakeNode.Now + 60_000);

        Assert.That(status.Stall, Is.Not.Null);
        Assert.That((status.Stall!.Heard, status.Stall.Needed, status.Stall.Stake),
            Is.EqualTo((0UL, 6_667UL, 10_000UL)));
        Assert.That(ChainStatusCommand.Text(status), Does.Contain(
            $"halted: votes of 0 of 10000 stake heard, 6667 needed; silent: {halted.Address}"));
        Assert.That(ViewOf.Status(halted, FakeNode.Now).Stall, Is.Null, "while it moves");
    }

    private static FakeNode Moving()
    {
        var node = new FakeNode();
        node.FinishRound();
        return node;
    }
}
