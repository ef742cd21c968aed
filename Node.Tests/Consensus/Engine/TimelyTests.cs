using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;
using static Ledger.Consensus.Chain.VoteKind;
using static Ledger.Node.Tests.Consensus.Engine.Table;

namespace Ledger.Node.Tests.Consensus.Engine;

/// <summary>
/// B25: a proposer cannot move the chain's clock. A new block whose time is not that of its making gets no vote of an
/// honest validator (proposer-based timestamps); here clocks differ by 100 ms and messages take up to 1,000.
/// </summary>
public class TimelyTests
{
    private const ulong Made = 50_000;

    private static readonly Block Apple = Table.Block((int)Made);

    [TestCase(49_899UL, false, TestName = "B25 a block from 101 ms ahead is early")]
    [TestCase(49_900UL, true, TestName = "B25 a block from 100 ms ahead is timely")]
    [TestCase(50_000UL, true, TestName = "B25 a block of this moment is timely")]
    [TestCase(51_100UL, true, TestName = "B25 a block of 1,100 ms ago is timely")]
    [TestCase(51_101UL, false, TestName = "B25 a block of 1,101 ms ago is late")]
    public void B25_a_block_is_timely_or_gets_a_vote_for_nil(ulong received, bool timely)
    {
        var table = new Table();

        Effect[] effects =
            [.. table.Handle(Proposal(Apple, 0, null, 0, received: received)), .. table.Validated(Apple)];

        Assert.That(effects.OfType<Effect.Cast>().Single().Vote.Block, Is.EqualTo(timely ? Apple.Id : null));
    }

    [Test]
    public void B25_a_time_at_the_end_of_all_numbers_is_not_timely([Values(0UL, ulong.MaxValue)] ulong received)
    {
        var never = Apple with { Header = Apple.Header with { Time = ulong.MaxValue - received } };
        var table = new Table();

        Assert.That(table.Handle(Proposal(never, 0, null, 0, received: received)),
            Does.Contain(table.Cast(Prevote, 0, null)));
    }

    [Test]
    public void A_block_of_an_earlier_round_keeps_its_time_and_is_not_judged_by_it()
    {
        var table = new Table();
        table.Precommits(0, null, 0, 1, 2);
        table.Timeout(Step.Precommit, 0);
        table.Handle(Polka(0, Apple, null, 0, 1, 2));
        table.Handle(Proposal(Apple, 1, 0, 1, received: Made + 3_600_000));

        Assert.That(table.Validated(Apple), Is.EqualTo(new[] { table.Cast(Prevote, 1, Apple, 0) }));
    }

    [Test]
    public void An_untimely_block_that_a_quorum_took_is_followed()
    {
        // Our clock is the one that is wrong: nothing may hang on it but our own prevote.
        var table = new Table();
        table.Handle(Proposal(Apple, 0, null, 0, received: 1));
        table.Validated(Apple);

        Assert.That(table.Prevotes(0, Apple, 0, 1, 2), Is.EqualTo(new[] { table.Cast(Precommit, 0, Apple) }));
    }

    [Test]
    public void The_delay_that_is_allowed_grows_by_a_tenth_each_round_and_without_bound()
    {
        Assert.That(Enumerable.Range(0, 4).Select(r => Clocks.DelayIn((uint)r)),
            Is.EqualTo((ulong[])[1_000, 1_101, 1_212, 1_334]));
        Assert.That(new Synchrony(0, 0).DelayIn(1), Is.EqualTo(1));
        Assert.That(new Synchrony(0, 1).IsTimely(0, Ledger.Consensus.Codec.Limits.TimeMax, 1_000));
        Assert.That(new Synchrony(ulong.MaxValue, ulong.MaxValue).IsTimely(ulong.MaxValue, ulong.MaxValue, 9));
    }
}
