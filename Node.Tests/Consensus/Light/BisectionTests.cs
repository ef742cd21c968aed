using Ledger.Consensus.Light;

namespace Ledger.Node.Tests.Consensus.Light;

/// <summary>The way from a trusted point to a far height, through as few blocks as changes of stake allow.</summary>
public class BisectionTests
{
    private const ulong Now = LightChain.Start + 10_000 * LightChain.Second;

    private static readonly LightOptions Options = new(TrustingPeriod: 5_000 * LightChain.Second);

    // Every third block one of five members makes room for a new one.
    private static readonly LightChain Rotating = new(
        200, h => [.. Enumerable.Range(0, 5).Select(i => ((int)(h / 3) + i + 1, 10UL))]);

    [Test]
    public void Sets_that_change_all_the_time_are_followed_through_blocks_in_between()
    {
        var (way, asked) = Run(Rotating, Options);

        Assert.That(way.IsDone);
        Assert.That(way.Trusted, Is.EqualTo(Trusted.Of(Rotating.At(200))));
        Assert.That(asked, Is.InRange(20, 100));
        Assert.That(way.Chain.Select(b => b.Height), Is.Ordered.And.Unique);
    }

    [Test]
    public void One_set_is_skipped_over_in_one_step()
    {
        var (way, asked) = Run(new(200, _ => [(1, 10), (2, 10)]), Options);

        Assert.That((way.IsDone, asked, way.Chain.Length), Is.EqualTo((true, 1, 1)));
    }

    [Test]
    public void A_short_trusting_period_is_bridged_by_blocks_within_it()
    {
        var (way, asked) = Run(new(200, _ => [(1, 10)]), new(TrustingPeriod: 30 * LightChain.Second));

        Assert.That(way.IsDone);
        Assert.That(asked, Is.InRange(200 / 30, 40));
    }

    [Test]
    public void Sets_that_share_nobody_are_followed_one_by_one()
    {
        var (way, asked) = Run(new(30, h => [((int)h, 10)]), Options);

        Assert.That((way.IsDone, way.Chain.Length), Is.EqualTo((true, 30)));
        Assert.That(asked, Is.GreaterThanOrEqualTo(30));
    }

    [Test]
    public void A_far_block_that_was_made_up_is_found_out_on_the_way()
    {
        // Consistent in itself and signed by its own validators, but nobody trusted ever named them.
        var made = new LightChain(200, _ => [(70, 10)], content: 1).At(200);
        var way = new Bisection(Rotating.Genesis, 200, Options);
        var fault = LightFault.None;
        var asked = 0;
        for (; fault == LightFault.None && asked < 500; asked++)
            fault = way.Give(way.Wanted == 200 ? made : Rotating.At(way.Wanted), Now);

        Assert.That(fault, Is.EqualTo(LightFault.WrongValidators));
        Assert.That((way.IsDone, way.Trusted.Height), Is.EqualTo((false, 199UL)));
        Assert.That(way.Give(Rotating.At(way.Wanted), Now), Is.EqualTo(LightFault.None));
        Assert.That(way.IsDone, "the real one is still wanted, and believed");
    }

    [Test]
    public void A_block_that_was_not_asked_for_is_not_taken()
    {
        var way = new Bisection(Rotating.Genesis, 200, Options);

        Assert.That(way.Give(Rotating.At(199), Now), Is.EqualTo(LightFault.NotLater));
        Assert.That(way.Wanted, Is.EqualTo(200));
    }

    [Test]
    public void What_is_trusted_already_needs_no_block() =>
        Assert.That(new Bisection(Trusted.Of(Rotating.At(9)), 9, Options).IsDone);

    private static (Bisection Way, int Asked) Run(LightChain chain, LightOptions options)
    {
        var way = new Bisection(chain.Genesis, (ulong)chain.Blocks.Count, options);
        var asked = 0;
        for (; !way.IsDone && asked < 1_000; asked++)
            Assert.That(way.Give(chain.At(way.Wanted), Now), Is.EqualTo(LightFault.None));
        return (way, asked);
    }
}
