using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// Digests of what has passed lately, so that each vote, proposal and transaction is relayed once. Bounded: the oldest
/// give way, and the worst that a flood can do is a message relayed twice.
/// </summary>
internal sealed class SeenCache(int capacity = OverlayLimits.SeenMax, ulong lifetimeMs = OverlayLimits.SeenMs)
{
    private readonly HashSet<Digest> seen = [];
    private readonly Queue<(Digest Id, ulong ForgetMs)> order = new();

    internal int Count => seen.Count;

    internal bool Has(Digest id) => seen.Contains(id);

    /// <summary>Whether <paramref name="id"/> is new; it is not from now on.</summary>
    internal bool TryAdd(Digest id, ulong nowMs)
    {
        while (order.TryPeek(out var oldest) && oldest.ForgetMs <= nowMs)
            Forget();
        if (!seen.Add(id))
            return false;
        order.Enqueue((id, nowMs + lifetimeMs));
        if (order.Count > capacity)
            Forget();
        return true;
    }

    private void Forget() => seen.Remove(order.Dequeue().Id);
}
