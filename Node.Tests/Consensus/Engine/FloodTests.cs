using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Engine;
using static Ledger.Consensus.Chain.VoteKind;
using static Ledger.Node.Tests.Consensus.Engine.Table;

namespace Ledger.Node.Tests.Consensus.Engine;

/// <summary>
/// B16: a validator may sign for every round there is. What it makes us keep and note stays small, and we still see
/// where the others are (monad#1969, starkware#14500, celo#183).
/// </summary>
public class FloodTests
{
    private static readonly Block Apple = Table.Block(1), Bread = Table.Block(2);

    [Test]
    public void B16_a_flood_of_votes_for_future_rounds_keeps_one_vote_a_validator()
    {
        var table = new Table();
        for (uint round = 1; round < 10_000; round++)
            table.Prevotes(round, null, 0);

        Assert.That(table.Agreement.Votes.Rounds, Is.EqualTo(new[] { 1u, 2u }));
        Assert.That(table.Prevotes(5_000, null, 1),
            Does.Contain(Timer(Step.Propose, 5_000)), "and it still says where we stand");
    }

    [Test]
    public void B16_votes_of_all_rounds_are_worth_a_handful_of_records()
    {
        var table = new Table();
        var wanted = 0;
        for (uint round = 1; round <= Limits.RoundMax; round++)
            if (table.Agreement.Wants(Signed(Prevote, round, null, 0).Vote))
            {
                wanted++;
                table.Prevotes(round, null, 0);
            }

        Assert.That(wanted, Is.InRange(10, 25));
    }

    [Test]
    public void B16_votes_remembered_from_far_ahead_count_when_we_get_there()
    {
        var table = new Table();
        table.Prevotes(50, null, 0);
        table.Prevotes(50, null, 1);

        Assert.That(table.Agreement.Votes.Votes(50, Prevote), Has.Count.EqualTo(2));
    }

    [Test]
    public void B16_a_liar_in_the_last_round_does_not_take_us_past_the_honest_ones()
    {
        var table = new Table();
        table.Prevotes(Limits.RoundMax, null, 0);
        table.Prevotes(7, null, 1);

        Assert.That(table.State.Round, Is.EqualTo(7));
    }

    [Test]
    public void B16_a_height_of_many_rounds_keeps_the_votes_of_the_last_ones_and_the_polka_we_hold()
    {
        var table = new Table().LockedOn(Apple);
        for (uint round = 2; round < 500; round++)
        {
            table.Prevotes(round, null, 0, 1);
            table.Precommits(round, null, 0, 1);
        }

        Assert.That(table.Agreement.Votes.Rounds.Count(), Is.LessThan(15));
        Assert.That(table.Agreement.Votes.Polka(0), Is.Not.Null);
        Assert.That(table.Agreement.OfferOf(Apple.Id), Is.Not.Null, "its block can still be shown");
        Assert.That(table.Agreement.Wants(Signed(Precommit, 1, null, 2).Vote), Is.False);
    }

    [Test]
    public void B16_proposals_for_rounds_long_past_are_not_taken_up_again()
    {
        var table = new Table();
        table.Precommits(9, null, 0, 1);

        Assert.That(table.Agreement.Wants(Proposal(Apple, 0, null, 0).Proposal.Value.Proposal), Is.False);
        Assert.That(table.Propose(Apple, 0), Is.Empty);
        Assert.That(table.Agreement.Proposals(0), Is.Empty);
    }

    [Test]
    public void B16_certificates_are_wanted_once_and_only_while_they_are_news()
    {
        var table = new Table().LockedOn(Apple);

        Assert.That(Wants(Polka(0, Apple, null, 0, 1, 2)), Is.False, "known");
        Assert.That(Wants(Entry(1, Precommit, 0, 0, 1, 2)), Is.False, "we are there");
        Assert.That(Wants(Entry(2, Precommit, 1, 0, 1, 2)), Is.True);
        Assert.That(Wants(Commit(0, Apple, 0, 1, 2)), Is.True);
        table.Handle(Commit(0, Bread, 0, 1, 2));
        Assert.That(Wants(Commit(0, Bread, 0, 1, 2)), Is.False, "known");

        bool Wants(Input.Certified certified) => table.Agreement.Wants(certified.Certificate.Value);
    }
}
