using Ledger.Learning.Aggregation;
using Ledger.Learning.Rounds;

namespace Ledger.Node.Tests.Learning;

internal sealed class RoundClosingTests
{
    private const int One = 1 << 24;

    private static readonly ModelUpdate[] Honest = [Update(40, 10, 0, 5), Update(35, 20, 3, -5), Update(50, -5, 9, 2)];

    [Test]
    public void An_update_against_the_committee_is_refused_and_earns_nothing()
    {
        var outcome = Close([.. Honest, Update(-40, -10, 0, -5)], Root(30, 10, 2, 0));

        Assert.That(outcome.Verdicts.Select(v => v.Outcome),
            Is.EqualTo(new[] { Outcome.Accepted, Outcome.Accepted, Outcome.Accepted, Outcome.Gated }));
        Assert.That(outcome.Verdicts[3].Merit, Is.Zero);
        Assert.That(outcome.Parameters, Is.EqualTo(Close(Honest, Root(30, 10, 2, 0)).Parameters));
    }

    [Test]
    public void Without_a_committee_nobody_is_judged_by_direction()
        => Assert.That(Close([.. Honest, Update(-40, -10, 0, -5)]).Verdicts.Select(v => v.Merit),
            Is.All.EqualTo(1 << 16));

    [Test]
    public void A_minority_of_the_committees_stake_cannot_turn_the_score()
    {
        var outcome = Close(Honest, Root(30, 10, 2, 0, weight: 3), Root(-30, -10, 0, 0, weight: 2));

        Assert.That(outcome.Verdicts.Select(v => v.Outcome), Is.All.EqualTo(Outcome.Accepted));
    }

    [Test]
    public void A_majority_of_it_can()
    {
        var outcome = Close(Honest, Root(30, 10, 2, 0), Root(-30, -10, 0, 0, weight: 4));

        Assert.That(outcome.Verdicts.Select(v => v.Outcome), Is.All.EqualTo(Outcome.Gated));
        Assert.That(outcome.CarriedOver, Is.True);
    }

    [Test]
    public void What_the_committee_is_in_doubt_about_is_taken_but_hardly_paid()
    {
        // Cosines of 0.9 and -1 to the last one: below zero on average, and nobody can say so for sure.
        var outcome = Close([.. Honest, Update(0, 0, 40, 0)], Root(30, 10, 60, 0), Root(20, 10, -70, 0));

        Assert.That(outcome.Verdicts[3].Score, Is.Negative);
        Assert.That(outcome.Verdicts[3].Outcome, Is.EqualTo(Outcome.Accepted));
        Assert.That(outcome.Verdicts[3].Merit, Is.Zero);
    }

    [Test]
    public void What_it_agrees_on_is_refused_however_little_it_is_below_the_gate()
    {
        var outcome = Close([.. Honest, Update(-1, 0, 100, 0)], Root(30, 10, 0, 0), Root(31, 10, 0, 0));

        Assert.That(outcome.Verdicts[3].Score, Is.Negative.And.GreaterThan(-1000));
        Assert.That(outcome.Verdicts[3].Outcome, Is.EqualTo(Outcome.Gated));
    }

    [Test]
    public void Merits_are_parts_of_the_rounds_average_however_small_its_scores_are()
    {
        var merits = Close(Honest, Root(30, 10, 2, 0)).Verdicts.Select(v => v.Merit).ToArray();
        var small = Close(Honest, Root(3, 1, 0, 127)).Verdicts;

        Assert.That(merits.Average(), Is.EqualTo(65_536).Within(2));
        Assert.That(small.Where(v => v.Shares > 0).Average(v => v.Merit), Is.EqualTo(65_536).Within(2));
    }

    [Test]
    public void An_update_of_more_than_four_times_the_median_length_is_refused()
    {
        ModelUpdate[] small = [Update(10, 0), Update(9, 3), Update(8, -3), Update(10, 1)];

        var outcome = Close([.. small, Update(100, 0)], Root(10, 0));

        Assert.That(outcome.Verdicts[^1].Outcome, Is.EqualTo(Outcome.OverNorm));
        Assert.That(outcome.Parameters, Is.EqualTo(Close(small, Root(10, 0)).Parameters));
    }

    [Test]
    public void A_verdict_says_how_long_an_update_is_beside_the_median_of_all()
    {
        var outcome = Close([Update(10, 0), Update(0, 20), Update(30, 0), Update(127, 127), Update(0, 0)]);

        Assert.That(outcome.Verdicts.Select(v => v.Norm / 65_536.0),
            Is.EqualTo([0.5, 1, 1.5, Math.Sqrt(2) * 127 / 20, 0]).Within(1e-4));
    }

    [Test]
    public void Beside_a_median_of_nothing_an_update_is_as_long_as_can_be_said() =>
        Assert.That(Close([Update(0, 0), Update(0, 0), Update(127, 0)]).Verdicts.Select(v => v.Norm),
            Is.EqualTo([0, 0, 256 * 65_536]));

    [Test]
    public void Copies_share_one_weight_and_one_reward()
    {
        var outcome = Close([.. Honest, Honest[0], Honest[0]], Root(30, 10, 2, 0));

        Assert.That(outcome.Verdicts[0].Shares, Is.EqualTo(3));
        Assert.That(outcome.Verdicts[3].Merit, Is.EqualTo(outcome.Verdicts[0].Merit));
        var original = Close(Honest, Root(30, 10, 2, 0)).Verdicts;
        Assert.That(outcome.Verdicts[0].Merit / (double)outcome.Verdicts[1].Merit,
            Is.EqualTo(original[0].Merit / (3.0 * original[1].Merit)).Within(1e-3));
        Assert.That(outcome.Verdicts[1].Shares, Is.EqualTo(1));
        var alone = Close(Honest, Root(30, 10, 2, 0)).Parameters;
        Assert.That(outcome.Parameters.Zip(alone, (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(One / 50));
    }

    [Test]
    public void The_chain_is_told_what_each_root_says_of_each_update_in_127ths()
    {
        var outcome = Close([Update(40, 0), Update(0, 90), Update(-90, -90)], Root(100, 0), Root(0, -100));

        // The last ones are 127 / sqrt(2) = 89.8, with its sign.
        Assert.That(outcome.Cosines.ToArray(), Is.EqualTo(new sbyte[] { 127, 0, -90, 0, -127, 90 }));
        Assert.That(Close(Honest).Cosines, Is.Empty);
    }

    [Test]
    public void Order_of_promise_does_not_change_the_parameters()
    {
        var there = Close(Honest, Root(30, 10, 2, 0));
        var back = Close([.. Honest.Reverse()], Root(30, 10, 2, 0));

        Assert.That(back.Parameters, Is.EqualTo(there.Parameters));
        Assert.That(back.Verdicts.Reverse(), Is.EqualTo(there.Verdicts));
    }

    [Test]
    public void An_empty_round_and_one_of_zero_updates_alone_change_nothing()
    {
        Assert.That(Close([]).CarriedOver, Is.True);
        var zeros = Close([Update(0, 0), Update(0, 0)], Root(1, 0));
        Assert.That(zeros.Verdicts.Select(v => v.Outcome), Is.All.EqualTo(Outcome.Gated));
        Assert.That(zeros.CarriedOver, Is.True);
    }

    [Test]
    public void Fewer_accepted_than_the_task_wants_carry_the_parameters_over()
    {
        var input = Input(Honest) with { MinAccepted = 4 };

        Assert.That(RoundClosing.Close(input).Parameters, Is.SameAs(input.Parameters));
    }

    private static RoundOutcome Close(ModelUpdate[] updates, params Root[] roots)
        => RoundClosing.Close(Input(updates) with { Roots = roots });

    private static RoundInput Input(ModelUpdate[] updates) => new()
    {
        Rule = AggregationRule.Mean,
        Parameters = new int[updates.Length == 0 ? 1 : updates[0].Values.Length],
        Exponent = 0,
        Updates = updates,
    };

    private static Root Root(sbyte a, sbyte b, sbyte c, sbyte d, ulong weight = 1) => new(Update(a, b, c, d), weight);

    private static Root Root(sbyte a, sbyte b) => new(Update(a, b), 1);

    private static ModelUpdate Update(params sbyte[] values) => new(values, 0);
}
