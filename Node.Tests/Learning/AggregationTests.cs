using Ledger.Learning;
using Ledger.Learning.Aggregation;

namespace Ledger.Node.Tests.Learning;

internal sealed class AggregationTests
{
    private const int One = 1 << 24;

    private static readonly AggregationRule[] EveryRule =
    [
        .. AggregationRule.CombinerNames.SelectMany(last => AggregationRule.StepNames.Select(step => $"{step}+{last}")
            .Append(last).Append($"arc+nnm+{last}").Append($"arc+bucketing+nnm+{last}"))
            .Select(name => new AggregationRule(name)),
        AggregationRule.TrimmedMean(2),
    ];

    // The example of ByzFL's documentation: x = {(1,2,3), (4,5,6), (7,8,9)}.
    private static readonly ModelUpdate[] Example = [Update(0, 1, 2, 3), Update(0, 4, 5, 6), Update(0, 7, 8, 9)];

    [Test]
    public void Mean_and_trimmed_mean_agree_with_the_published_example()
    {
        foreach (var rule in new[] { AggregationRule.Mean, AggregationRule.TrimmedMean(1) })
            Assert.That(Close(rule, new int[3], 0, Example), Is.EqualTo(new[] { 4 * One, 5 * One, 6 * One }));
    }

    [Test]
    public void Trimmed_mean_ignores_one_liar_of_four()
    {
        ModelUpdate[] updates = [Update(4, 3, -3), Update(4, 4, -4), Update(4, 5, -5), Update(4, 127, 127)];

        var parameters = Close(AggregationRule.TrimmedMean(1), [0, 0], 4, updates);

        Assert.That(parameters, Is.EqualTo(new[] { 9 * One / 32, -7 * One / 32 }));
    }

    [TestCase(1, 3, ExpectedResult = 0, TestName = "A third rounds down")]
    [TestCase(2, 3, ExpectedResult = 1, TestName = "Two thirds round up")]
    [TestCase(1, 2, ExpectedResult = 1, TestName = "A half rounds away from zero")]
    [TestCase(-1, 2, ExpectedResult = -1, TestName = "Minus a half rounds away from zero")]
    [TestCase(-3, 2, ExpectedResult = -2, TestName = "Minus one and a half rounds away from zero")]
    [TestCase(-2, 3, ExpectedResult = -1, TestName = "Minus two thirds round down")]
    public long Division_rounds_half_away_from_zero(long numerator, long denominator)
        => FixedPoint.RoundedQuotient(numerator, denominator);

    [Test]
    public void A_sum_beyond_int32_saturates()
    {
        ModelUpdate[] updates = [Update(0, 127, -127)];

        var parameters = Close(AggregationRule.Mean, [int.MaxValue - 1, int.MinValue + 1], 0, updates);

        Assert.That(parameters, Is.EqualTo(new[] { int.MaxValue, int.MinValue }));
    }

    [Test]
    public void Fast_rules_equal_the_scalar_ones_for_every_number_of_updates([Range(1, 41)] int n)
    {
        var (parameters, updates) = Random(n, coordinates: 1024 + 77, exponent: n % 21);
        foreach (var rule in ScalarAggregation.Rules.Append(AggregationRule.TrimmedMean((n - 1) / 2))
            .Where(rule => rule.CanDoWith(n)))
            Assert.That(
                Close(rule, parameters, n % 21, updates),
                Is.EqualTo(ScalarAggregation.Close(rule, parameters, n % 21, updates)), $"{rule}");
    }

    [Test]
    public void Order_of_the_updates_does_not_matter_where_nothing_ties()
    {
        var (parameters, updates) = Random(n: 9, coordinates: 5000, exponent: 7);
        var shuffled = updates.ToArray();
        new SplitMix64(5).Shuffle(shuffled.AsSpan());
        foreach (var rule in EveryRule.Where(rule => !rule.Name.Contains("bucketing", StringComparison.Ordinal)))
            Assert.That(
                Close(rule, parameters, 7, shuffled), Is.EqualTo(Close(rule, parameters, 7, updates)), rule.Name);
        Assert.That(ExponentVote.Next(7, shuffled), Is.EqualTo(ExponentVote.Next(7, updates)));
    }

    [Test]
    public void B23_Number_of_threads_does_not_matter([Range(2, 8)] int threads)
    {
        var (parameters, updates) = Random(n: 7, coordinates: 60_001, exponent: 8);
        foreach (var rule in EveryRule.Where(rule => rule.CanDoWith(7)))
            Assert.That(
                Close(rule, parameters, 8, updates, threads),
                Is.EqualTo(Close(rule, parameters, 8, updates)), rule.Name);
    }

    [Test]
    public void Negated_updates_negate_the_step()
    {
        var (_, updates) = Random(n: 7, coordinates: 3000, exponent: 6);
        ModelUpdate[] negated =
            [.. updates.Select(update => new ModelUpdate([.. update.Values.Select(q => (sbyte)-q)], 6))];
        foreach (var rule in EveryRule.Where(rule => rule.CanDoWith(7)))
        {
            var step = Close(rule, new int[3000], 6, updates);
            var mirrored = Close(rule, new int[3000], 6, negated);
            Assert.That(mirrored, Is.EqualTo(step.Select(value => -value)), rule.Name);
        }
    }

    [Test]
    public void Liars_cannot_push_a_trimmed_coordinate_outside_the_honest_values()
    {
        var (_, honest) = Random(n: 5, coordinates: 2000, exponent: 0);
        foreach (sbyte lie in new sbyte[] { -127, 0, 127 })
        {
            var liar = new ModelUpdate([.. Enumerable.Repeat(lie, 2000)], 0);
            var parameters = Close(AggregationRule.TrimmedMean(2), new int[2000], 0, [.. honest, liar, liar]);
            for (var k = 0; k < parameters.Length; k++)
                Assert.That(
                    parameters[k],
                    Is.InRange(honest.Min(update => update.Values[k]) * One,
                        honest.Max(update => update.Values[k]) * One));
        }
    }

    [Test]
    public void Too_few_updates_for_the_trim_are_refused()
        => Assert.That(
            () => Close(AggregationRule.TrimmedMean(1), new int[2], 0, [Update(0, 1, 1), Update(0, 2, 2)]),
            Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void An_update_of_another_exponent_or_length_is_refused()
    {
        Assert.That(
            () => Close(AggregationRule.Mean, new int[2], 1, [Update(0, 1, 1)]),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => Close(AggregationRule.Mean, new int[3], 0, [Update(0, 1, 1, 1), Update(0, 1, 1)]),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_planted_off_by_one_in_the_trim_is_seen()
    {
        var (parameters, updates) = Random(n: 7, coordinates: 500, exponent: 8);

        var honest = Close(AggregationRule.TrimmedMean(2), parameters, 8, updates);
        var planted = ScalarAggregation.Close(AggregationRule.TrimmedMean(1), parameters, 8, updates);

        Assert.That(planted, Is.Not.EqualTo(honest));
    }

    [Test]
    public void A_network_that_lacks_any_one_exchange_no_longer_sorts([Values(3, 5, 8)] int n)
    {
        var network = SortingNetwork.Exchanges(n);
        Assert.That(SortsEverything(network, n), Is.True);
        for (var i = 0; i < network.Length; i++)
            Assert.That(SortsEverything([.. network[..i], .. network[(i + 1)..]], n), Is.False, $"exchange {i}");
    }

    [Test]
    public void A_majority_of_cut_off_updates_makes_the_next_round_coarser()
        => Assert.That(NextExponent(8, Update(8, 127, 1), Update(8, -127, 1), Update(8, 1, 1)), Is.EqualTo(7));

    [Test]
    public void A_majority_of_small_updates_makes_the_next_round_finer()
        => Assert.That(NextExponent(8, Update(8, 31, -31), Update(8, 1, 1), Update(8, 127, 1)), Is.EqualTo(9));

    [Test]
    public void One_liar_cannot_change_the_exponent()
        => Assert.That(NextExponent(8, Update(8, 127, -127), Update(8, 40, 1), Update(8, 50, 1)), Is.EqualTo(8));

    [Test]
    public void The_exponent_stays_in_its_bounds()
    {
        Assert.That(NextExponent(0, Update(0, 127, 127)), Is.Zero);
        Assert.That(NextExponent(20, Update(20, 1, 1)), Is.EqualTo(20));
    }

    [Test]
    public void Initial_parameters_stay_in_their_bounds_and_follow_the_seed()
    {
        ParameterShape[] shapes = [new("a.weight", [30, 100]), new("a.bias", [30])];

        var parameters = UniformInitial.Parameters(1, shapes);

        Assert.That(parameters, Has.Length.EqualTo(3030));
        Assert.That(parameters, Is.All.InRange(-One / 10, One / 10));
        Assert.That(parameters.Max(), Is.GreaterThan(One / 10 * 0.99));
        Assert.That(UniformInitial.Parameters(1, shapes), Is.EqualTo(parameters));
        Assert.That(UniformInitial.Parameters(2, shapes), Is.Not.EqualTo(parameters));
    }

    [Test]
    public void Square_roots_are_the_largest_that_fit()
    {
        foreach (var x in new ulong[] { 0, 1, 2, 3, 4, 15, 16, 17, 1UL << 48, (1UL << 48) - 1, ulong.MaxValue })
        {
            var root = (UInt128)FixedPoint.SquareRoot(x);
            Assert.That(root * root <= x && (root + 1) * (root + 1) > x, $"{x}");
        }
    }

    private static int NextExponent(int exponent, params ModelUpdate[] updates)
        => ExponentVote.Next(exponent, updates);

    private static int[] Close(
        AggregationRule rule, int[] parameters, int exponent, IReadOnlyList<ModelUpdate> updates, int threads = 1)
        => Aggregate.Add(parameters, Aggregate.Step(rule, Cohort.Of(updates, threads), exponent, seed: 3, threads));

    private static ModelUpdate Update(int exponent, params sbyte[] values) => new(values, exponent);

    // The 0-1 principle: a network that sorts every row of zeros and ones sorts everything.
    private static bool SortsEverything(SortingNetwork.Exchange[] network, int n)
        => Enumerable.Range(0, 1 << n).All(bits =>
        {
            var row = Enumerable.Range(0, n).Select(i => (bits >> i) & 1).ToArray();
            foreach (var (low, high) in network)
                (row[low], row[high]) = (Math.Min(row[low], row[high]), Math.Max(row[low], row[high]));
            return row.SequenceEqual(row.Order());
        });

    private static (int[] Parameters, ModelUpdate[] Updates) Random(int n, int coordinates, int exponent)
    {
        var random = new SplitMix64((ulong)n);
        var parameters = new int[coordinates];
        foreach (ref var parameter in parameters.AsSpan())
            parameter = unchecked((int)random.Next());
        return (parameters, [.. Enumerable.Range(0, n).Select(_ => Draw())]);

        ModelUpdate Draw()
        {
            var values = new sbyte[coordinates];
            foreach (ref var value in values.AsSpan())
                value = (sbyte)((int)random.Below(255) - 127);
            return new(values, exponent);
        }
    }
}
