using Ledger.Learning.Aggregation;

namespace Ledger.Node.Tests.Learning;

/// <summary>The robust rules beside published examples and their own promises.</summary>
internal sealed class RuleTests
{
    private const double One = 1 << 24;

    // The example of ByzFL's documentation: x = {(1,2,3), (4,5,6), (7,8,9)}.
    private static readonly ModelUpdate[] Example = [Update(1, 2, 3), Update(4, 5, 6), Update(7, 8, 9)];

    [Test]
    public void Nearest_neighbour_mixing_agrees_with_the_published_example()
    {
        var mixed = NearestNeighborMixing.Mix(RowsOf(Example), f: 1);

        Assert.That(mixed.Denominator, Is.EqualTo(2));
        Assert.That(mixed.Weights, Is.EqualTo(new[] { new[] { 1, 1, 0 }, [1, 1, 0], [0, 1, 1] }));
    }

    [Test]
    public void Adaptive_clipping_agrees_with_the_published_example()
    {
        var clipped = AdaptiveClipping.Clip(RowsOf(Example), f: 1);

        var third = clipped.Weights[2][2] / (double)clipped.Denominator;
        Assert.That(new[] { 7 * third, 8 * third, 9 * third },
            Is.EqualTo(new[] { 4.41004009, 5.04004582, 5.67005155 }).Within(0.003));
        Assert.That(clipped.Weights[0][0], Is.EqualTo(clipped.Denominator), "the shorter ones stay as they are");
    }

    [TestCase(3, 1, ExpectedResult = 1)]
    [TestCase(20, 4, ExpectedResult = 6)]
    [TestCase(25, 5, ExpectedResult = 8)]
    [TestCase(100, 20, ExpectedResult = 32)]
    public int Adaptive_clipping_shortens_so_many(int n, int f) => AdaptiveClipping.Count(n, f);

    [Test]
    public void The_geometric_median_finds_the_point_of_Fermat()
    {
        var step = Aggregate.Step(
            new("geometric-median"), Cohort.Of([Update(0, 0), Update(100, 0), Update(0, 100)]), 0);

        var expected = 100 * (3 - Math.Sqrt(3)) / 6;
        Assert.That(step[0] / One, Is.EqualTo(expected).Within(0.5));
        Assert.That(step[1] / One, Is.EqualTo(expected).Within(0.5));
    }

    [Test]
    public void The_geometric_median_of_points_on_a_line_is_their_median()
    {
        var step = Aggregate.Step(
            new("geometric-median"), Cohort.Of([Update(0), Update(10), Update(20), Update(60), Update(120)]), 0);

        Assert.That(step[0] / One, Is.EqualTo(20).Within(1.5));
    }

    [Test]
    public void Centered_clipping_lets_one_giant_pull_no_farther_than_its_radius()
    {
        var honest = Enumerable.Range(0, 9).Select(i => Update((sbyte)(10 + i % 3), 1)).ToArray();

        var pulled = Aggregate.Step(new("centered-clipping"), Cohort.Of([.. honest, Update(-127, 127)]), 0);

        Assert.That(pulled[0] / One, Is.InRange(6, 13));
        Assert.That(pulled[1] / One, Is.InRange(0, 3));
    }

    [Test]
    public void Multi_Krum_leaves_the_outlier_out()
        => Assert.That(
            Aggregate.Step(
                new("multi-krum", 1), Cohort.Of([Update(1), Update(2), Update(3), Update(2), Update(99)]), 0),
            Is.EqualTo(new[] { 2 << 24 }));

    [Test]
    public void Equal_updates_come_out_as_they_went_in()
    {
        var same = Enumerable.Repeat(Update(3, -7, 100), 9).ToArray();
        foreach (var name in Names().Where(name => new AggregationRule(name).CanDoWith(same.Length)))
            Assert.That(
                Aggregate.Step(new(name), Cohort.Of(same), 0).Select(value => value / One),
                Is.EqualTo(new[] { 3.0, -7, 100 }).Within(0.05), name);
    }

    [Test]
    public void Quarter_of_liars_cannot_carry_a_robust_rule_away()
    {
        var honest = Enumerable.Range(0, 9).Select(i => Update((sbyte)(20 + i), (sbyte)(-20 - i))).ToArray();
        var liars = Enumerable.Repeat(Update(-127, 127), 3).ToArray();
        foreach (var name in Names().Where(name => !name.EndsWith("mean", StringComparison.Ordinal)
            || name.EndsWith("trimmed-mean", StringComparison.Ordinal)))
        {
            if (name.StartsWith("bucketing", StringComparison.Ordinal))
                continue; // Three liars can be in three of six buckets: half.
            var step = Aggregate.Step(new(name, 3), Cohort.Of([.. honest, .. liars]), 0);
            Assert.That(step[0] / One, Is.InRange(5, 40), name);
            Assert.That(step[1] / One, Is.InRange(-40, -5), name);
        }
    }

    [Test]
    public void Copies_in_one_group_weigh_as_much_as_one()
    {
        var cohort = Cohort.Of([Update(10), Update(10), Update(10), Update(40)]);

        Assert.That(Aggregate.Step(AggregationRule.Mean, cohort.Take([[0, 1, 2], [3]]), 0)[0] / One,
            Is.EqualTo(25).Within(0.02));
        Assert.That(Aggregate.Step(AggregationRule.Mean, cohort, 0)[0] / One, Is.EqualTo(17.5));
    }

    [TestCase("krum")]
    [TestCase("mean+nnm")]
    [TestCase("nnm+nnm+mean")]
    [TestCase("nnm")]
    [TestCase("")]
    [TestCase("nnm+")]
    public void Other_names_are_no_rules(string name) => Assert.That(AggregationRule.IsName(name), Is.False);

    [Test]
    public void A_rule_says_how_many_it_needs()
    {
        Assert.That(new AggregationRule("trimmed-mean", 2).CanDoWith(4), Is.False);
        Assert.That(new AggregationRule("trimmed-mean", 2).CanDoWith(5), Is.True);
        Assert.That(new AggregationRule("multi-krum", 1).CanDoWith(3), Is.False);
        Assert.That(new AggregationRule("nnm+trimmed-mean").CanDoWith(1), Is.True);
        Assert.That(AggregationRule.Mean.CanDoWith(0), Is.False);
    }

    private static IEnumerable<string> Names() => AggregationRule.CombinerNames
        .SelectMany(last => AggregationRule.StepNames.Select(step => $"{step}+{last}").Append(last));

    private static Mixture RowsOf(ModelUpdate[] updates) => Cohort.Of(updates).Mixture();

    private static ModelUpdate Update(params sbyte[] values) => new(values, 0);
}
