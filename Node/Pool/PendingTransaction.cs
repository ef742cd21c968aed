using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Pool;

/// <summary>A transaction that waits for a block. <paramref name="Order"/> counts arrivals.</summary>
internal sealed record PendingTransaction(Verified<SignedTransaction> Signed, int Bytes, ulong Order)
{
    internal Transaction Body => Signed.Value.Body;
}
