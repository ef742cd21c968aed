using Ledger.Consensus.Chain;
using Ledger.Learning.Rounds;
using Ledger.Node.Training;

namespace Ledger.Node.Tests.Host;

internal sealed class RoundBlobsTests
{
    [Test]
    public void Verdicts_and_cosines_are_told_in_the_order_of_addresses_whoever_promised_first()
    {
        var addresses = Enumerable.Range(1, 3).Select(i => new Address(Some.Key(i).PublicKey)).Order().ToArray();
        var blobs = new RoundBlobs(default, 0, default, default,
            [(addresses[2], default), (addresses[0], default), (addresses[1], default)],
            [(default, 1), (default, 1)], 1);
        var outcome = new RoundOutcome([], 0, ServerState.Empty,
            [.. Enumerable.Range(1, 3).Select(i => new Ledger.Learning.Rounds.Verdict(0, i, 1, 1, 1))],
            [11, 12, 13, 21, 22, 23], CarriedOver: true);

        var closing = blobs.Close(default, 1, outcome, 0, _ => default);
        Assert.That(closing.Verdicts.Select(verdict => verdict.Score), Is.EqualTo(new[] { 2, 3, 1 }));
        Assert.That(closing.Cosines, Is.EqualTo(new sbyte[] { 12, 13, 11, 22, 23, 21 }));
    }
}
