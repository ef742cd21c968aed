using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Node.Host;

namespace Ledger.Node.Tests.Host;

internal sealed class BlockWorkTests
{
    // What the mempool reckons for each transaction beside its own bytes.
    private const int HeadBytes = 5;

    [Test]
    public void A_full_block_that_closes_the_largest_rounds_of_all_is_within_the_limit()
    {
        var verdict = new Verdict(255, Verdict.ScoreMax, Limits.ContributorsMax, Verdict.MeritMax, Verdict.NormMax);
        var largest = new CloseRound(Some.Digest(1), uint.MaxValue, Some.Digest(2), TaskSpec.ExponentMax,
            Some.Digest(3), ulong.MaxValue, [.. Enumerable.Repeat(verdict, Limits.ContributorsMax)],
            [.. new sbyte[Limits.ContributorsMax * Limits.ScorersMax]]);
        CloseRound[] closings = [.. Enumerable.Repeat(largest, Limits.BlockClosingsMax)];
        var sender = new Address(Some.Key(1).PublicKey);
        var transaction = new Transaction(sender, ulong.MaxValue, ulong.MaxValue, new Payload.Transfer(sender, 1))
            .Sign(Some.Digest(4), Some.Key(1));
        var count = BlockWork.RoomBeside([], closings) / (transaction.Encode().Length + HeadBytes);
        var signature = Some.Key(1).Sign(Some.Digest(5));
        var commit = new CommitCertificate(ulong.MaxValue, 1, Some.Digest(6),
            [.. Enumerable.Range(0, Limits.ValidatorsMax).Select(_ => (sender, signature))]);
        var header = new Header(1, Some.Digest(4), ulong.MaxValue, ulong.MaxValue, Some.Digest(7), Some.Digest(8),
            Some.Digest(9), Some.Digest(10), Some.Digest(11), Some.Digest(12), Some.Digest(13), Some.Digest(14),
            sender);

        var block = new Block(header, commit, [], [.. closings], [.. Enumerable.Repeat(transaction, count)]);
        Assert.That(block.Encoded.Length, Is.InRange(Limits.BlockBytesMax * 9 / 10, Limits.BlockBytesMax));
    }
}
