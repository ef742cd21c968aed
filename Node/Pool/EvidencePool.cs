using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;

namespace Ledger.Node.Pool;

/// <summary>
/// Evidence that waits for a block: one piece for each offender, since nobody is punished twice. It stays until it has
/// done its work or is too old for it.
/// </summary>
internal sealed class EvidencePool
{
    private readonly SortedDictionary<Address, Evidence> pending = [];

    /// <summary>Everything that waits, by offender.</summary>
    internal IReadOnlyCollection<Evidence> All => pending.Values;

    internal bool Holds(Address offender) => pending.ContainsKey(offender);

    /// <summary>
    /// Takes what a block may carry once the height at hand is decided; with a fault, or no room, nothing changes.
    /// </summary>
    internal EvidenceFault Add(Evidence evidence, ChainState tip)
    {
        var fault = Slashing.Check(AfterHeightAtHand(tip), evidence);
        if (fault == EvidenceFault.None && pending.Count < OverlayLimits.PendingEvidenceMax)
            pending.TryAdd(evidence.Offender, evidence);
        return fault;
    }

    /// <summary>
    /// What a block may carry that makes the state <paramref name="begun"/>, which is left as it is after the evidence.
    /// </summary>
    internal IReadOnlyList<Evidence> Pick(ref ChainState begun)
    {
        var picked = new List<Evidence>();
        foreach (var evidence in pending.Values)
            if (picked.Count < Limits.BlockEvidenceMax
                && Slashing.TryPunish(ref begun, evidence) == EvidenceFault.None)
                picked.Add(evidence);
        return picked;
    }

    /// <summary>After a block: drops what can no longer punish anybody, and says whether that was anything.</summary>
    internal bool Recheck(ChainState tip)
    {
        var next = AfterHeightAtHand(tip);
        var done = pending.Where(p => Slashing.Check(next, p.Value) != EvidenceFault.None).Select(p => p.Key).ToList();
        done.ForEach(offender => pending.Remove(offender));
        return done.Count > 0;
    }

    internal byte[] Encode()
    {
        var writer = new Writer().Array(pending.Count);
        foreach (var evidence in pending.Values)
            writer.Bytes(evidence.Encode());
        return writer.ToArray();
    }

    /// <summary>Takes back what <see cref="Encode"/> wrote, as far as it still holds; false for other bytes.</summary>
    internal bool TryRestore(byte[] encoded, ChainState tip)
    {
        var reader = new Reader(encoded);
        for (int i = 0, n = reader.Count(OverlayLimits.PendingEvidenceMax); i < n && !reader.Failed; i++)
        {
            var one = new Reader(reader.Bytes(OverlayLimits.EvidenceBytesMax));
            if (Evidence.Read(ref one) is { } evidence && one.Finished)
                Add(evidence, tip);
            else
                reader.Fail();
        }
        return reader.Finished;
    }

    private static ChainState AfterHeightAtHand(ChainState tip) => tip with { Height = tip.Height + 2 };
}
