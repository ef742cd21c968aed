using Ledger.Consensus.Chain;
using Ledger.Node.Cli;
using Ledger.Node.Http;

namespace Ledger.Node.Tests.Cli;

internal sealed class RoundReplayTests
{
    private static readonly CloseRound Computed = new(
        Some.Digest(1), 3, Some.Digest(2), 8, Some.Digest(3), 900,
        [new(0, 9, 1, 70_000, 65_536), new(2, -9, 0, 0, 32_768)], [127, -64]);

    private static readonly RoundView Said = new(
        3, 20, 1, $"{Some.Digest(2)}", 8, 2, 2, 900, [Paid("accepted", 1, 70_000, 1), Paid("gated", 0, 0, 0.5)], 0, 0,
        null, null, [], [new("led2", 7, $"{Some.Digest(7)}", [1, -0.5], null)], $"{Some.Digest(4)}",
        $"{Some.Digest(3)}");

    [Test]
    public void A_round_that_came_out_as_the_chain_says_has_no_differences()
        => Assert.That(RoundReplayCommand.Differences(Said, Computed), Is.Empty);

    [Test]
    public void Each_thing_that_the_chain_says_otherwise_is_named()
    {
        (RoundView Said, string What)[] lies =
        [
            (Said with { Parameters = $"{Some.Digest(5)}" }, "parameters"),
            (Said with { Exponent = 9 }, "exponent"),
            (Said with { Server = $"{Some.Digest(5)}" }, "server state"),
            (Said with { Bytes = 901 }, "bytes"),
            (Said with { Paid = [Paid("accepted", 1, 70_001, 1), Said.Paid[1]] }, "verdict"),
            (Said with { Paid = [Said.Paid[0], Paid("accepted", 0, 0, 0.5)] }, "verdict"),
            (Said with { Paid = [Paid("accepted", 2, 70_000, 1), Said.Paid[1]] }, "verdict"),
            (Said with { Paid = [Paid("accepted", 1, 70_000, 2), Said.Paid[1]] }, "verdict"),
            (Said with { Roots = [Said.Roots[0] with { Cosines = [1, 0.5] }] }, "cosines of led2"),
        ];
        foreach (var (lie, what) in lies)
            Assert.That(RoundReplayCommand.Differences(lie, Computed).Single(), Does.StartWith(what));
    }

    private static PaymentView Paid(string outcome, uint shares, uint merit, double norm) =>
        new("led1", 10, outcome, 0.5, shares, merit, norm, $"{Some.Digest(6)}", 0);
}
