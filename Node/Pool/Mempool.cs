using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;

namespace Ledger.Node.Pool;

/// <summary>A transaction that has left the pool: included where <paramref name="Why"/> is none.</summary>
internal readonly record struct Dropped(Verified<SignedTransaction> Transaction, Rejection Why);

/// <summary>
/// Transactions that wait for a block, by sender and nonce. Bounded in all directions: a full pool takes a new
/// transaction only for one that pays less, and of one sender only so many nonces ahead.
/// </summary>
internal sealed class Mempool(int countMax = OverlayLimits.PoolCountMax, int bytesMax = OverlayLimits.PoolBytesMax)
{
    // MessagePack's head of a byte string of at most 80 KiB.
    private const int HeadBytesMax = 5;

    private readonly SortedDictionary<Address, SortedDictionary<ulong, PendingTransaction>> senders = [];
    private ulong arrivals;

    // A fee that was too low for room, until something leaves: under a flood nothing else is worth a look.
    private ulong? tooLow;

    internal int Count { get; private set; }

    internal int Bytes { get; private set; }

    /// <summary>Everything pending, each sender's in the order of nonces: what a new peer is sent.</summary>
    internal IEnumerable<Verified<SignedTransaction>> All =>
        senders.Values.SelectMany(q => q.Values).Select(p => p.Signed);

    /// <summary>What is pending of one sender, in the order of nonces.</summary>
    internal IEnumerable<SignedTransaction> Of(Address sender) =>
        (senders.GetValueOrDefault(sender) ?? []).Values.Select(p => p.Signed.Value);

    /// <summary>
    /// Takes a transaction whose signature was checked. A nonce that is pending already counts as wrong, unless the new
    /// fee is at least twice the old.
    /// </summary>
    internal Rejection Add(Verified<SignedTransaction> signed, ChainState state)
    {
        var body = signed.Value.Body;
        var account = state.AccountOf(body.Sender);
        var refused = Check(body, account, state);
        if (refused != Rejection.None)
            return refused;
        var pending = new PendingTransaction(signed, signed.Value.Encoded.Length, arrivals++);
        var replaced = senders.GetValueOrDefault(body.Sender)?.GetValueOrDefault(body.Nonce);
        if (replaced is not null)
            Remove(replaced);
        var room = TryMakeRoom(pending, state);
        if ((room ? pending : replaced) is { } stays)
            Insert(stays);
        return room ? Rejection.None : Rejection.FeeTooLow;
    }

    /// <summary>
    /// Transactions that apply in this order to <paramref name="begun"/>, the state that <see cref="Transition.Close"/>
    /// gives: each sender's by nonce, the senders in turns, in a turn the higher fee first, then whoever came first.
    /// </summary>
    internal ImmutableArray<SignedTransaction> Pick(ChainState begun, Address proposer, int maxBytes)
    {
        var picked = ImmutableArray.CreateBuilder<SignedTransaction>();
        var turn = senders.Values.Select(q => new Queue<PendingTransaction>(q.Values)).ToList();
        var room = maxBytes;
        while (turn.Count > 0)
        {
            foreach (var queue in turn.OrderByDescending(q => q.Peek().Body.Fee).ThenBy(q => q.Peek().Order).ToList())
            {
                if (picked.Count == Limits.BlockTransactionsMax)
                    return picked.ToImmutable();
                var next = queue.Dequeue();
                var size = next.Bytes + HeadBytesMax;
                // Behind one that does not fit or apply, the sender's later ones cannot apply either.
                if (size > room || Transition.TryTransaction(ref begun, next.Body, proposer) != Rejection.None)
                {
                    queue.Clear();
                    continue;
                }
                room -= size;
                picked.Add(next.Signed.Value);
            }
            turn.RemoveAll(q => q.Count == 0);
        }
        return picked.ToImmutable();
    }

    /// <summary>
    /// After a block with the transactions <paramref name="included"/>: drops those, and what can no longer apply. One
    /// that only waits for an earlier nonce of its sender stays.
    /// </summary>
    internal IReadOnlyList<Dropped> Recheck(ChainState state, ImmutableArray<SignedTransaction> included)
    {
        var dropped = new List<Dropped>();
        foreach (var transaction in included)
            if (Find(transaction.Body.Sender, transaction.Body.Nonce) is { } pending
                && pending.Body == transaction.Body)
                Drop(pending, Rejection.None, dropped);
        // A block must not cost as much as the pool is large. A balance shrinks by its owner's transactions alone, so
        // what others have transferred still applies; anything else may depend on stakes and rounds that moved on.
        var spent = included.Select(t => t.Body.Sender).ToHashSet();
        foreach (var (sender, queue) in senders.ToList())
            if (spent.Contains(sender) || queue.Values.Any(p => p.Body.Payload is not Payload.Transfer))
                Recheck(queue, state, dropped);
        return dropped;
    }

    /// <summary>The nonce for the next transaction of <paramref name="sender"/>, behind its pending ones.</summary>
    internal ulong NextNonce(Address sender, ChainState state)
    {
        var nonce = state.AccountOf(sender).Nonce;
        while (Find(sender, nonce) is not null)
            nonce++;
        return nonce;
    }

    private PendingTransaction? Find(Address sender, ulong nonce) =>
        senders.GetValueOrDefault(sender)?.GetValueOrDefault(nonce);

    private Rejection Check(Transaction body, Account account, ChainState state)
    {
        if (body.Nonce < account.Nonce)
            return Rejection.WrongNonce;
        if (body.Nonce - account.Nonce >= OverlayLimits.PoolPerSenderMax)
            return Rejection.NonceTooFarAhead;
        if (body.Fee < state.Parameters.MinimumFee)
            return Rejection.FeeTooLow;
        UInt128 fees = 0;
        foreach (var (nonce, pending) in senders.GetValueOrDefault(body.Sender) ?? [])
            if (nonce != body.Nonce)
                fees += pending.Body.Fee;
            else if ((UInt128)body.Fee < 2 * (UInt128)pending.Body.Fee)
                return Rejection.WrongNonce;
        var owed = fees + body.Fee + Outlay.Of(body.Payload, state);
        return owed > account.Balance ? Rejection.InsufficientFunds : Rejection.None;
    }

    // Each sender is looked at alone: what two senders do to each other is for the block to find out.
    private void Recheck(SortedDictionary<ulong, PendingTransaction> queue, ChainState state, List<Dropped> dropped)
    {
        foreach (var pending in queue.Values.ToList())
        {
            var expected = state.AccountOf(pending.Body.Sender).Nonce;
            if (pending.Body.Nonce > expected)
                return;
            var refused = Transition.TryTransaction(ref state, pending.Body, default);
            if (refused != Rejection.None)
                Drop(pending, refused, dropped);
        }
    }

    private void Drop(PendingTransaction pending, Rejection why, List<Dropped> dropped)
    {
        Remove(pending);
        dropped.Add(new(pending.Signed, why));
    }

    private void Insert(PendingTransaction pending)
    {
        if (!senders.TryGetValue(pending.Body.Sender, out var queue))
            senders[pending.Body.Sender] = queue = [];
        queue.Add(pending.Body.Nonce, pending);
        (Count, Bytes) = (Count + 1, Bytes + pending.Bytes);
    }

    private void Remove(PendingTransaction pending)
    {
        var queue = senders[pending.Body.Sender];
        queue.Remove(pending.Body.Nonce);
        if (queue.Count == 0)
            senders.Remove(pending.Body.Sender);
        (Count, Bytes) = (Count - 1, Bytes - pending.Bytes);
        tooLow = null;
    }

    // What waits behind a gap gives way to anything that could go into a block; otherwise the higher fee stays. Only a
    // sender's last nonce goes, so that room is never made by opening a gap.
    private bool TryMakeRoom(PendingTransaction pending, ChainState state)
    {
        while (Count + 1 > countMax || Bytes + pending.Bytes > bytesMax)
        {
            if (pending.Body.Fee <= tooLow)
                return false;
            var least = senders.Values.Select(q => q.Values.Last())
                .OrderBy(p => !Waits(p, state)).ThenBy(p => p.Body.Fee).ThenByDescending(p => p.Order).FirstOrDefault();
            if (least is null || least.Body.Sender == pending.Body.Sender || Waits(pending, state))
                return false;
            if (!Waits(least, state) && least.Body.Fee >= pending.Body.Fee)
            {
                tooLow = pending.Body.Fee;
                return false;
            }
            Remove(least);
        }
        return true;
    }

    private bool Waits(PendingTransaction pending, ChainState state) =>
        pending.Body.Nonce > NextNonce(pending.Body.Sender, state);
}
