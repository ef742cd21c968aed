using Ledger.Learning;
using Ledger.Learning.Data;

namespace Ledger.Node.Tests.Learning;

internal sealed class SplitsTests
{
    private static readonly int[] Labels = [.. Enumerable.Range(0, 1000).Select(row => row * 7 % 10)];

    [Test]
    public void Every_row_goes_to_exactly_one_part(
        [Values("iid", "dirichlet:0.5", "dirichlet:0.001", "dirichlet:100", "shards:2")] string split,
        [Values(1, 4, 37)] int parts)
    {
        var dealt = Splits.Parse(split).Deal(Labels, parts, seed: 3);

        Assert.That(dealt, Has.Length.EqualTo(parts));
        Assert.That(dealt, Is.All.Not.Empty);
        Assert.That(dealt.SelectMany(rows => rows).Order(), Is.EqualTo(Enumerable.Range(0, Labels.Length)));
    }

    [Test]
    public void A_seed_fixes_the_split([Values("iid", "dirichlet:0.5", "shards:2")] string split)
    {
        var dealt = Splits.Parse(split).Deal(Labels, 4, 3);

        Assert.That(Splits.Parse(split).Deal(Labels, 4, 3), Is.EqualTo(dealt));
        Assert.That(Splits.Parse(split).Deal(Labels, 4, 4), Is.Not.EqualTo(dealt));
    }

    [Test]
    public void Two_shards_leave_a_part_with_few_classes()
    {
        foreach (var rows in Splits.Parse("shards:2").Deal(Labels, 10, 1))
            Assert.That(rows.Select(row => Labels[row]).Distinct().Count(), Is.LessThanOrEqualTo(2));
    }

    [Test]
    public void A_small_alpha_is_more_one_sided_than_a_large_one()
    {
        Assert.That(LargestShareOfAClass("dirichlet:0.05"), Is.GreaterThan(0.6));
        Assert.That(LargestShareOfAClass("dirichlet:100"), Is.LessThan(0.4));
    }

    [Test]
    public void A_fifth_of_the_rows_is_held_out()
    {
        var (training, heldOut) = Splits.HoldOut(1000, seed: 1);

        Assert.That(heldOut, Has.Length.EqualTo(200));
        Assert.That(training.Concat(heldOut).Order(), Is.EqualTo(Enumerable.Range(0, 1000)));
    }

    [TestCase("thirds")]
    [TestCase("iid:3")]
    [TestCase("dirichlet")]
    [TestCase("dirichlet:-1")]
    [TestCase("dirichlet:x")]
    [TestCase("shards:1.5")]
    public void An_unknown_split_says_which_there_are(string text)
        => Assert.That(
            () => Splits.Parse(text),
            Throws.TypeOf<DataException>().With.Message.EqualTo($"no split '{text}'")
                .And.Property(nameof(DataException.Hint)).Contains("dirichlet:A"));

    private static double LargestShareOfAClass(string split)
        => Splits.Parse(split).Deal(Labels, 4, 1).Max(rows => rows.Count(row => Labels[row] == 3) / 100.0);
}
