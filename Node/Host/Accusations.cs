using Ledger.Consensus.Chain;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;
using Ledger.Node.Pool;
using Ledger.Node.Storage;

namespace Ledger.Node.Host;

/// <summary>
/// What this node holds against validators: found by the agreement, in late votes, or told by peers. It is on disk
/// before it is told, so that a crash lets nobody get away.
/// </summary>
internal sealed class Accusations(
    ChainHead head, Store store, EvidencePool pool, Action<WireMessage> broadcast)
{
    private static readonly byte[] NoteKey = "evidence"u8.ToArray();

    private readonly PastVotes past = new();

    /// <summary>Takes up what waited when the node stopped, and the certificates of the last heights.</summary>
    internal void Resume()
    {
        if (store.Note(NoteKey) is { } note && !pool.TryRestore(note, head.State))
            throw StoreException.Damaged("own", "the evidence that waits for a block does not decode");
        var tip = head.State.Height;
        for (var height = tip - Math.Min(tip, OverlayLimits.PastHeightsMax) + 1; height <= tip; height++)
            if (store.Block(height) is var (_, certificate))
                past.Decided(certificate);
    }

    /// <summary>Everything that waits, in as many messages as it takes.</summary>
    internal IEnumerable<WireMessage> Messages() => pool.All.Chunk(OverlayLimits.EvidencePerMessageMax)
        .Select(chunk => new WireMessage.Accusations([.. chunk]));

    /// <summary>Keeps evidence and tells everyone; what is known or useless goes no further.</summary>
    internal EvidenceFault Accuse(Evidence evidence)
    {
        if (pool.Holds(evidence.Offender))
            return EvidenceFault.None;
        var fault = pool.Add(evidence, head.State);
        if (fault != EvidenceFault.None || !pool.Holds(evidence.Offender))
            return fault;
        store.PutNote(NoteKey, pool.Encode());
        Log.Accused(evidence);
        broadcast(new WireMessage.Accusations([evidence]));
        return fault;
    }

    /// <summary>Remembers a vote that counted.</summary>
    internal void Hear(SignedVote vote) => past.Keep(vote);

    /// <summary>Compares a vote on a decided height with what its validator said then.</summary>
    internal EvidenceFault HearLate(SignedVote vote) =>
        past.Contradicted(vote) is { } evidence ? Accuse(evidence) : EvidenceFault.None;

    /// <summary>A block has come: what it punished, or what is too old by now, is settled.</summary>
    internal void Committed()
    {
        past.Decided(head.Certificate!);
        if (pool.Recheck(head.State))
            store.PutNote(NoteKey, pool.Encode());
    }
}
