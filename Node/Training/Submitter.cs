using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Host;
using Ledger.Node.Pool;

namespace Ledger.Node.Training;

/// <summary>Signs what this node says on chain, nonce by nonce, and follows it until it is in a block.</summary>
internal sealed class Submitter(
    ChainHead head, Mempool pool, SecretKey key, Address self, Action<SignedTransaction> spread)
{
    private readonly Dictionary<Digest, (SignedTransaction Transaction, Action<Submission>? Done)> pending = [];

    /// <summary>Whether a payload like this one is on its way.</summary>
    internal bool IsPending(Func<Payload, bool> like) => pending.Values.Any(p => like(p.Transaction.Body.Payload));

    /// <summary>Why the rules would refuse a payload now.</summary>
    internal Rejection RefusalOf(Payload payload) => Try(head.State, new Transaction(
        self, pool.NextNonce(self, head.State), head.State.Parameters.MinimumFee, payload));

    /// <summary>Submits a payload; <paramref name="done"/> hears how it ended.</summary>
    internal void Submit(Payload payload, ulong? fee = null, Action<Submission>? done = null)
    {
        var state = head.State;
        var transaction = new Transaction(
            self, pool.NextNonce(self, state), fee ?? state.Parameters.MinimumFee, payload).Sign(state.ChainId, key);
        var id = transaction.Body.Id(state.ChainId);
        // Tell at once what the pool cannot know: whether the rules would take it now.
        var refused = Try(state, transaction.Body);
        if (refused == Rejection.None)
            refused = pool.Add(Verifier.Recall(transaction), state);
        if (refused != Rejection.None)
        {
            done?.Invoke(new(id, null, refused.ToString()));
            return;
        }
        pending[id] = (transaction, done);
        spread(transaction);
    }

    /// <summary>A block has come: tells those whose transaction is in it.</summary>
    internal void Committed(Block block)
    {
        foreach (var transaction in block.Transactions)
            if (transaction.Body.Sender == self)
                End(transaction.Body.Id(block.Header.ChainId), block.Header.Height, null);
    }

    /// <summary>The pool has dropped one of ours.</summary>
    internal void Dropped(SignedTransaction transaction, Rejection why)
    {
        if (transaction.Body.Sender != self)
            return;
        Log.Refused(transaction.Body.Payload.GetType().Name, why);
        End(transaction.Body.Id(head.State.ChainId), null, why.ToString());
    }

    /// <summary>Gives up what is neither in a block nor in the pool any more: others paid more for the room.</summary>
    internal void ForgetCrowdedOut()
    {
        var waiting = pool.Of(self).Select(t => t.Body.Id(head.State.ChainId)).ToHashSet();
        foreach (var id in pending.Keys.Where(id => !waiting.Contains(id)).ToList())
            End(id, null, Rejection.FeeTooLow.ToString());
    }

    // Ours come after one another, so the rules are asked about the state that those before leave behind.
    private Rejection Try(ChainState state, Transaction transaction)
    {
        foreach (var earlier in pool.Of(self).Select(t => t.Body))
            _ = Transition.TryTransaction(ref state, earlier, self);
        return Transition.TryTransaction(ref state, transaction, self);
    }

    private void End(Digest id, ulong? height, string? refused)
    {
        if (pending.Remove(id, out var entry))
            entry.Done?.Invoke(new(id, height, refused));
    }
}
