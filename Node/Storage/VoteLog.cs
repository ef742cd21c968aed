using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;

namespace Ledger.Node.Storage;

/// <summary>
/// Everything that has moved the agreement on the current height, in order, so that a node that crashed finds the same
/// locks. What was signed is for the <see cref="SignGuard"/> to remember; here it is enough that a lock is on disk
/// before the precommit that makes it.
/// </summary>
internal sealed class VoteLog : IDisposable
{
    /// <summary>What the file is called in a home.</summary>
    internal const string FileName = "votes.log";

    // Heights follow one another in the file, since to cut it costs a sync of its own. This is some thousand heights.
    private const long LengthMax = 8 << 20;

    private enum Kind : byte
    {
        Height = 1,
        Proposal = 2,
        Vote = 3,
        Verdict = 4,
        Timeout = 5,
        Built = 6,
        Certificate = 7,
        Lock = 8,
    }

    /// <summary>What a log holds of one height; <paramref name="IsLast"/> where nothing follows.</summary>
    private sealed record Section(
        ulong Height, bool IsComplete, bool IsLast, List<Input> Inputs, List<uint> Locks);

    private readonly RecordLog log;
    private readonly SignGuard guard;
    private readonly Dictionary<(uint Round, VoteKind Kind), SignedVote> votes = [];
    private readonly Dictionary<uint, SignedProposal> proposals = [];
    private readonly HashSet<uint> locks = [];
    private readonly Address self;
    private Section? later;

    private VoteLog(RecordLog log, SignGuard guard, Address self) =>
        (this.log, this.guard, this.self) = (log, guard, self);

    /// <summary>
    /// Whether all that our signatures of this height promise is in the log. If not, there may be a lock that we do not
    /// know of: the height is followed, not voted on.
    /// </summary>
    internal bool IsComplete { get; private set; }

    /// <summary>
    /// Opens the log and gives what it holds of <paramref name="height"/>; what the guard knows to be signed and a
    /// crash has kept from the log is added. A log that is missing, damaged or of another height is begun anew.
    /// </summary>
    internal static VoteLog Open(
        IDisk disk, Address self, ulong height, SignGuard guard, out IReadOnlyList<Input> inputs)
    {
        var file = disk.Open(FileName);
        var log = RecordLog.TryOpen(file, out var replay);
        if (log is null)
            Log.DamagedVoteLog(file.Path);
        var sections = log is null ? [] : SectionsOf(replay.Records, height, guard.Last?.Height ?? height);
        var opened = new VoteLog(log ?? RecordLog.OpenEmpty(file), guard, self);
        // A chain that was lost comes back height by height; what was locked at its end is wanted then.
        if (guard.Last is { } last && last.Height > height)
            opened.later = opened.Best(sections, last.Height);
        var best = opened.Best(sections, height);
        inputs = best is { IsLast: true } ? opened.TakeUp(best) : opened.Begin(height, best);
        return opened;
    }

    /// <summary>Begins the next height; gives what is known of it already, which is rarely anything.</summary>
    internal IReadOnlyList<Input> Begin(ulong height)
    {
        votes.Clear();
        proposals.Clear();
        locks.Clear();
        if (log.Length > LengthMax && later is null)
            log.Reset();
        var known = later?.Height == height ? later : null;
        later = later?.Height > height ? later : null;
        return Begin(height, known);
    }

    private IReadOnlyList<Input> Begin(ulong height, Section? known)
    {
        // A guard that is full of this height may have forgotten a lock.
        var complete = known?.IsComplete ?? !guard.IsFullOf(height);
        Mark(height, complete);
        if (known is null)
            return TakeUp(new(height, complete, IsLast: true, [], []));
        // Again at the end of the log, where the present height is looked for.
        known.Locks.ForEach(AppendLock);
        foreach (var input in known.Inputs)
            log.Append(Encode(input));
        log.Sync();
        return TakeUp(known);
    }

    private IReadOnlyList<Input> TakeUp(Section section)
    {
        section.Inputs.ForEach(Remember);
        locks.UnionWith(section.Locks);
        IsComplete = section.IsComplete && HoldsLocks(section.Height, locks);
        return [.. section.Inputs, .. TakeFromGuard(section.Height)];
    }

    // A crash may have cut the newest copy of a height short.
    private Section? Best(List<Section> sections, ulong height)
    {
        var all = sections.Where(s => s.Height == height).ToList();
        return all.FindLast(s => HoldsLocks(height, s.Locks)) ?? (all.Count == 0 ? null : all[^1]);
    }

    // Whether a log is complete is written down, as what it holds later looks the same either way.
    private void Mark(ulong height, bool complete) =>
        log.Append(new Writer().Array(3).UInt((ulong)Kind.Height).UInt(height).UInt(complete ? 1UL : 0).Written);

    /// <summary>Notes an input before the agreement takes it.</summary>
    internal void Append(Input input)
    {
        log.Append(Encode(input));
        Remember(input);
    }

    /// <summary>
    /// Notes that we lock in this round. When this returns, all that led to the lock is on disk: it has to outlive the
    /// precommit that follows.
    /// </summary>
    internal void SyncLock(uint round)
    {
        AppendLock(round);
        log.Sync();
        locks.Add(round);
    }

    private void AppendLock(uint round) =>
        log.Append(new Writer().Array(2).UInt((ulong)Kind.Lock).UInt(round).Written);

    /// <summary>What we have signed already for this round and kind, if anything.</summary>
    internal SignedVote? Signed(uint round, VoteKind kind) => votes.GetValueOrDefault((round, kind));

    /// <summary>What we have proposed already in this round, if anything.</summary>
    internal SignedProposal? SignedProposal(uint round) => proposals.GetValueOrDefault(round);

    public void Dispose() => log.Dispose();

    // What follows each mark of either height, up to the next; without those in which a record does not decode.
    private static List<Section> SectionsOf(IReadOnlyList<byte[]> records, ulong now, ulong last)
    {
        var (sections, end) = (new List<Section>(), records.Count);
        for (var start = records.Count; start > 0; start--)
            if (MarkIn(records[start - 1]) is var (height, isComplete))
            {
                var wanted = height == now || height == last;
                var rest = records.Take(start..end).ToLookup(r => LockIn(r) is not null);
                var inputs = wanted ? rest[false].Select(r => Decode(r)).ToList() : [];
                if (wanted && !inputs.Contains(null))
                    sections.Insert(0, new(height, isComplete, end == records.Count, [.. inputs.OfType<Input>()],
                        [.. rest[true].Select(r => LockIn(r)!.Value)]));
                end = start - 1;
            }
        return sections;
    }

    private static uint? LockIn(byte[] record)
    {
        var reader = new Reader(record);
        reader.Array(2);
        var isLock = reader.UInt((ulong)Kind.Lock) == (ulong)Kind.Lock;
        var round = reader.UInt32();
        return isLock && reader.Finished ? round : null;
    }

    private static (ulong Height, bool IsComplete)? MarkIn(byte[] record)
    {
        var reader = new Reader(record);
        reader.Array(3);
        var isMark = reader.UInt((ulong)Kind.Built) == (ulong)Kind.Height;
        var (height, complete) = (reader.UInt(), reader.UInt(1) == 1);
        return isMark && reader.Finished && height > 0 ? (height, complete) : null;
    }

    private List<Input> TakeFromGuard(ulong height)
    {
        var missing = guard.Votes(height)
            .Where(v => !votes.ContainsKey((v.Vote.Round, v.Vote.Kind)))
            .Select(Input (v) => new Input.Voted(Verifier.Recall(v))).ToList();
        missing.ForEach(Append);
        return missing;
    }

    // A lock is on disk before the precommit that makes it. So who signed one and has no such note has lost the log,
    // and who signed none has no lock to miss.
    private bool HoldsLocks(ulong height, ICollection<uint> noted) => !(guard.Last?.Height > height)
        && guard.Votes(height).Where(v => v.Vote is { Kind: VoteKind.Precommit, Block: not null })
            .All(v => noted.Contains(v.Vote.Round));

    private void Remember(Input input)
    {
        if (input is Input.Voted { Vote.Value: { } vote } && vote.Vote.Validator == self)
            votes[(vote.Vote.Round, vote.Vote.Kind)] = vote;
        if (input is Input.Proposed { Proposal.Value: { } proposal } && proposal.Proposal.Proposer == self)
            proposals[proposal.Proposal.Round] = proposal;
    }

    private static byte[] Encode(Input input) => input switch
    {
        Input.Proposed p => new Writer().Array(3).UInt((ulong)Kind.Proposal).Bytes(p.Proposal.Value.Encoded)
            .UInt(p.Received).ToArray(),
        Input.Voted v => new Writer().Array(2).UInt((ulong)Kind.Vote).Bytes(v.Vote.Value.Encode()).ToArray(),
        Input.Validated v =>
            new Writer().Array(3).UInt((ulong)Kind.Verdict).Digest(v.Block).UInt(v.Valid ? 1UL : 0).ToArray(),
        Input.TimedOut t =>
            new Writer().Array(4).UInt((ulong)Kind.Timeout).UInt(t.Height).UInt(t.Round).UInt((ulong)t.Step).ToArray(),
        Input.Built b => new Writer().Array(3).UInt((ulong)Kind.Built).UInt(b.Round).Bytes(b.Block.Encoded).ToArray(),
        Input.Certified c => EncodeCertificate(c.Certificate.Value),
        _ => throw new InvalidOperationException($"no record for {input.GetType().Name}"),
    };

    private static Input? Decode(byte[] record)
    {
        // The records were checked before they were written; what the log's checksums pass is what we wrote.
        var reader = new Reader(record);
        _ = reader.Count(4);
        var kind = (Kind)reader.UInt((ulong)Kind.Certificate);
        Input? input = kind switch
        {
            Kind.Proposal => Consensus.Chain.SignedProposal.TryDecode(reader.Bytes(Record.MaxPayload), out var p)
                ? new Input.Proposed(Verifier.Recall(p), reader.UInt()) : null,
            Kind.Vote => SignedVote.TryDecode(reader.Bytes(Record.MaxPayload), out var v)
                ? new Input.Voted(Verifier.Recall(v)) : null,
            Kind.Verdict => new Input.Validated(reader.Digest(), reader.UInt(1) == 1),
            Kind.Timeout =>
                new Input.TimedOut(reader.UInt(), reader.UInt32(), (Step)reader.UInt((ulong)Step.Precommit)),
            Kind.Built => ReadBuilt(ref reader),
            Kind.Certificate => Certificate.ReadTagged(ref reader) is { } c
                ? new Input.Certified(Verifier.Recall(c)) : null,
            _ => null,
        };
        return reader.Finished ? input : null;
    }

    private static byte[] EncodeCertificate(Certificate certificate)
    {
        var writer = new Writer().Array(2).UInt((ulong)Kind.Certificate);
        certificate.WriteTagged(writer);
        return writer.ToArray();
    }

    private static Input.Built? ReadBuilt(ref Reader reader)
    {
        var round = reader.UInt32();
        return Block.TryDecode(reader.Bytes(Limits.BlockBytesMax), out var block) ? new(round, block) : null;
    }
}
