using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;
using static Ledger.Consensus.Chain.VoteKind;
using static Ledger.Node.Tests.Consensus.Engine.Table;

namespace Ledger.Node.Tests.Consensus.Engine;

/// <summary>Many votes as one message: what they do, when we show ours, and which prove nothing.</summary>
public class CertificateTests
{
    private static readonly Block Apple = Table.Block(1), Bread = Table.Block(2);

    [Test]
    public void A_polka_certificate_locks_as_its_votes_would()
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);

        Assert.That(table.Handle(Polka(0, Apple, null, 0, 1, 2)),
            Is.EqualTo(new[] { table.Cast(Precommit, 0, Apple) }));
        Assert.That(table.State.Locked, Is.EqualTo(new Polka(Apple.Id, 0)));
    }

    [Test]
    public void A_commit_certificate_decides_and_a_proposal_may_follow_it()
    {
        var table = new Table();
        Assert.That(table.Handle(Commit(3, Apple, 0, 1, 2)), Does.Not.InstanceOf<Effect.Decide>());

        Assert.That(table.Propose(Apple, 3).OfType<Effect.Decide>().Single().Certificate,
            Is.EqualTo(Commit(3, Apple, 0, 1, 2).Certificate.Value));
    }

    [Test]
    public void B07_a_commit_certificate_of_any_round_decides([Values(0u, 1u, 2u, 700u)] uint round)
    {
        var table = new Table();
        table.Timeout(Step.Precommit, 0);
        table.Propose(Apple, 1);

        Assert.That(table.Handle(Commit(round, Apple, 0, 1, 2)).OfType<Effect.Decide>().Count(), Is.EqualTo(1));
    }

    [TestCase(7u, TestName = "B05 votes of a third take us to their round with one message")]
    [TestCase(9u, TestName = "B05 votes of a third from a later round do too")]
    public void B05_a_round_certificate_takes_us_to_its_round(uint votesOf)
    {
        var table = new Table();

        table.Handle(Entry(7, Prevote, votesOf, 0, 1));

        Assert.That(table.State.Round, Is.EqualTo(votesOf));
    }

    [Test]
    public void B05_precommits_of_a_round_bring_us_there_and_start_its_timer()
    {
        var table = new Table();

        var effects = table.Handle(Entry(7, Precommit, 6, 0, 1, 2));

        Assert.That(table.State.Round, Is.EqualTo(6));
        Assert.That(effects, Does.Contain(Timer(Step.Precommit, 6)));
    }

    [Test]
    public void Who_enters_a_round_shows_why_it_may()
    {
        var table = new Table();
        table.Precommits(0, null, 0, 1, 2);
        var left = table.Timeout(Step.Precommit, 0);
        var skipped = table.Prevotes(5, null, 1, 2);

        Assert.That(left, Does.Contain(new Effect.Publish(Entry(1, Precommit, 0, 0, 1, 2).Certificate.Value)));
        Assert.That(skipped, Does.Contain(new Effect.Publish(Entry(5, Prevote, 5, 1, 2).Certificate.Value)));
        Assert.That(table.Agreement.Entry, Is.EqualTo(Entry(5, Prevote, 5, 1, 2).Certificate.Value));
    }

    [Test]
    public void What_we_show_takes_others_along()
    {
        var first = new Table(self: 0);
        first.Precommits(0, Apple, 1, 2, 3);
        first.Prevotes(4, null, 1, 2);
        var shown = first.Agreement.Entry!;
        var second = new Table(self: 3);

        Assert.That(second.Agreement.Wants(shown));
        second.Handle(Certified(shown));

        Assert.That(second.State.Round, Is.EqualTo(4));
    }

    [Test]
    public void A_lock_after_round_0_is_shown_with_its_polka()
    {
        var table = new Table();
        table.Precommits(0, null, 0, 1, 2);
        table.Timeout(Step.Precommit, 0);
        table.ProposeValid(Apple, 1);

        Assert.That(table.Prevotes(1, Apple, 0, 1, 2), Is.EqualTo(new Effect[]
        {
            new Effect.Publish(Polka(1, Apple, null, 0, 1, 2).Certificate.Value), table.Cast(Precommit, 1, Apple),
        }));
    }

    [Test]
    public void Who_only_follows_publishes_nothing()
    {
        var table = new Table(self: 9);
        table.Precommits(0, null, 0, 1, 2);

        Assert.That(table.Timeout(Step.Precommit, 0), Is.EqualTo(new[] { Timer(Step.Propose, 1) }));
    }

    private static IEnumerable<TestCaseData> Worthless()
    {
        yield return Case("B26 a polka of two of four", Polka(0, Apple, null, 0, 1));
        yield return Case("B26 a signer twice", Polka(0, Apple, null, 0, 1, 1));
        yield return Case("B26 signers out of order", Polka(0, Apple, null, 1, 0, 2));
        yield return Case("B26 a stranger among the signers", Polka(0, Apple, null, 0, 1, 8));
        yield return Case("B26 a commit of two of four", Commit(0, Apple, 0, 1));
        yield return Case("B26 a commit with a stranger on top", Commit(0, Apple, 0, 1, 2, 8));
        yield return Case("B09 a polka that names its own round", Polka(1, Apple, 1, 0, 1, 2));
        yield return Case("B06 a round entered with one of four", Entry(3, Prevote, 3, 0));
        yield return Case("B06 a round entered with one sender twice", Entry(3, Prevote, 3, 0, 0));
        yield return Case("B06 a round entered with prevotes of the one before", Entry(3, Prevote, 2, 0, 1, 2));
        yield return Case("B06 a round entered with a third of the precommits before it",
            Entry(3, Precommit, 2, 0, 1));
        yield return Case("B06 a round entered with precommits of an older one", Entry(3, Precommit, 1, 0, 1, 2));
        yield return Case("B06 round 0 needs no proof", Entry(0, Prevote, 0, 0, 1, 2));
        yield return Case("B17 no votes at all", Entry(3, Prevote, 3));
    }

    [TestCaseSource(nameof(Worthless))]
    public void A_certificate_that_proves_nothing_changes_nothing(Input.Certified certified)
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);
        var before = table.State;

        Assert.That(table.Agreement.Wants(certified.Certificate.Value), Is.False);
        Assert.That(table.Handle(certified), Is.Empty);
        Assert.That((table.State, table.Agreement.Votes.Rounds.Count()), Is.EqualTo((before, 0)));
    }

    [Test]
    public void A_certificate_of_another_height_changes_nothing()
    {
        var table = new Table();
        var other = Certified(new CommitCertificate(Height + 1, 0, Apple.Id,
            ((CommitCertificate)Commit(0, Apple, 0, 1, 2).Certificate.Value).Signatures));

        Assert.That(table.Agreement.Wants(other.Certificate.Value), Is.False);
        Assert.That(table.Handle(other), Is.Empty);
        Assert.That(table.Agreement.Votes.Committed, Is.Null);
    }

    [Test]
    public void B16_far_votes_in_a_round_certificate_are_not_counted_where_they_stand()
    {
        var table = new Table();
        var votes = new[] { Signed(Prevote, 3, null, 0), Signed(Prevote, 900_000, Bread, 1) };
        table.Handle(Certified(new RoundCertificate(Height, 3, [.. votes])));

        Assert.That((table.State.Round, table.Agreement.Votes.Rounds), Is.EqualTo((3u, new[] { 3u })));
    }

    private static TestCaseData Case(string name, Input.Certified certified) =>
        new TestCaseData(certified).SetName(name);
}
