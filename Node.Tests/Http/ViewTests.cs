using Ledger.Consensus.Chain;
using Ledger.Consensus.State;
using Ledger.Node.Cli;
using Ledger.Node.Http;

namespace Ledger.Node.Tests.Http;

/// <summary>Views say what the snapshot holds, in names that other programs can rely on.</summary>
public class ViewTests
{
    [Test]
    public void Status_is_one_line_of_camel_case()
    {
        var json = ViewJson.Write(ViewOf.Status(new FakeNode().Snapshot, FakeNode.Now + 250));
        Assert.That(json,
            Does.Contain("\"health\":\"starting\",\"syncing\":false,\"height\":0").And.Contain("\"commitAge\":250")
            .And.Contain("\"step\":\"propose\"").And.Contain("\"bytesOut\":12").And.Not.Contain("\n"));
    }

    [Test]
    public void A_round_adds_up_the_rows_of_all_who_evaluated()
    {
        var node = new FakeNode();
        node.FinishRound();
        var round = ViewOf.Task(node.Task, node.Task.Results).Results[1];
        Assert.That((round.Correct, round.Total, round.Accuracy), Is.EqualTo((45UL, 60UL, 0.75)));
        Assert.That(round.Paid[0].Reward, Is.EqualTo(1_000));
    }

    [Test]
    public void The_loss_of_a_round_is_the_mean_over_the_rows_of_all_who_evaluated()
    {
        var node = new FakeNode();
        node.FinishRound();
        var result = node.Task.Results[1];
        var other = new Address(Some.Key(9).PublicKey);
        var more = result with { Evaluations = result.Evaluations.Add(other, new(0, 20, 196_608)) };

        Assert.That(ViewOf.Round(result).Loss, Is.EqualTo(0.5));
        Assert.That(ViewOf.Round(more).Loss, Is.EqualTo((60 * 0.5 + 20 * 3) / 80).Within(1e-9));
        Assert.That(ViewOf.Round(more).Evaluations.Select(each => each.Loss), Is.EquivalentTo([0.5, 3]));
        Assert.That(ViewOf.Round(node.Task.Results[0]).Loss, Is.Null);
    }

    [Test]
    public void A_scorer_who_says_the_opposite_of_the_others_agrees_with_nobody()
    {
        var node = new FakeNode();
        node.FinishRound();
        var result = node.Task.Results[1];
        var judged = result with
        {
            Paid = [.. Enumerable.Repeat(result.Paid[0], 3)],
            Roots = [.. Enumerable.Range(1, 3).Select(i => new JudgingRoot(new(Some.Key(i).PublicKey), 5, default))],
            Cosines = [100, 50, -20, 90, 60, -10, -100, -50, 20],
        };
        var roots = ViewOf.Round(judged).Roots;

        Assert.That(roots[2].Cosines, Is.EqualTo(new[] { -0.79, -0.39, 0.16 }));
        Assert.That(roots[2].Agreement, Is.LessThan(-0.9));
        var two = judged with { Roots = judged.Roots[..2], Cosines = judged.Cosines[..6] };
        Assert.That(ViewOf.Round(two).Roots.Select(root => root.Agreement), Is.All.GreaterThan(0.95));
        var one = judged with { Roots = judged.Roots[..1], Cosines = judged.Cosines[..3] };
        Assert.That(ViewOf.Round(one).Roots.Single().Agreement, Is.Null, "there is nobody to agree with");
    }

    [Test]
    public void A_round_that_nobody_evaluated_has_no_accuracy() =>
        Assert.That(ViewOf.Round(new FakeNode().Task.Results[0]).Accuracy, Is.Null);

    [Test]
    public void An_account_and_the_status_say_who_is_jailed_and_who_is_shut_out()
    {
        var node = new FakeNode();
        var self = node.Task.Owner;
        Assert.That(AccountShowCommand.Standing(ViewOf.Account(node.Snapshot.State, self)),
            Is.EqualTo("yes, with a power of 10000"));

        var jailed = node.Snapshot.State.With(self, new Standing(0, FakeNode.Now, Tombstoned: false));
        Assert.That(AccountShowCommand.Standing(ViewOf.Account(jailed, self)),
            Is.EqualTo("jailed for missing blocks; from 2023-11-14 22:13:20Z on: ledger account unjail"));
        Assert.That(ChainStatusCommand.Text(ViewOf.Status(node.Snapshot with { State = jailed }, FakeNode.Now)),
            Does.Contain($"1, jailed: {self}"));

        var gone = node.Snapshot.State.With(self, new Standing(0, null, Tombstoned: true));
        Assert.That(AccountShowCommand.Standing(ViewOf.Account(gone, self)),
            Is.EqualTo("never again: it has contradicted itself"));
        Assert.That(ChainStatusCommand.Text(ViewOf.Status(node.Snapshot with { State = gone }, FakeNode.Now)),
            Does.Contain($"1, shut out: {self}"));
    }

    [Test]
    public void A_jail_that_lasts_beyond_the_end_of_time_can_be_shown() =>
        Assert.That(Figures.Time(ulong.MaxValue), Is.EqualTo("9999-12-31 23:59:59Z"));

    [Test]
    public void An_account_that_nobody_touched_is_empty()
    {
        var account = ViewOf.Account(new FakeNode().Snapshot.State, new(Some.Key(5).PublicKey));
        Assert.That((account.Balance, account.Stake, account.Validator), Is.EqualTo((0UL, 0UL, false)));
    }
}
