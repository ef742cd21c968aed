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
    }

    private readonly RecordLog log;
    private readonly SignGuard guard;
    private readonly Dictionary<(uint Round, VoteKind Kind), SignedVote> votes = [];
    private readonly Dictionary<uint, SignedProposal> proposals = [];
    private readonly Address self;

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
        var read = log is null ? null : SectionOf(height, replay.Records);
        if (log is null)
            Log.DamagedVoteLog(file.Path);
        var opened = new VoteLog(log ?? RecordLog.OpenEmpty(file), guard, self);
        if (read is null)
            opened.Begin(height);
        else
            read.ForEach(opened.Remember);
        opened.IsComplete = (read is not null || !guard.IsFullOf(height)) && opened.HoldsLocks(height);
        inputs = [.. read ?? [], .. opened.TakeFromGuard(height)];
        return opened;
    }

    /// <summary>Begins the next height.</summary>
    internal void Begin(ulong height)
    {
        votes.Clear();
        proposals.Clear();
        if (log.Length > LengthMax)
            log.Reset();
        log.Append(new Writer().Array(2).UInt((ulong)Kind.Height).UInt(height).Written);
        IsComplete = guard.Last is not { } last || last.Height < height;
    }

    /// <summary>Notes an input before the agreement takes it.</summary>
    internal void Append(Input input)
    {
        log.Append(Encode(input));
        Remember(input);
    }

    /// <summary>All that was appended is on disk when this returns.</summary>
    internal void Sync() => log.Sync();

    /// <summary>What we have signed already for this round and kind, if anything.</summary>
    internal SignedVote? Signed(uint round, VoteKind kind) => votes.GetValueOrDefault((round, kind));

    /// <summary>What we have proposed already in this round, if anything.</summary>
    internal SignedProposal? SignedProposal(uint round) => proposals.GetValueOrDefault(round);

    public void Dispose() => log.Dispose();

    // The inputs after the last mark of a height; null where that is another height or a record does not decode.
    private static List<Input>? SectionOf(ulong height, IReadOnlyList<byte[]> records)
    {
        var start = records.Count;
        while (start > 0 && HeightIn(records[start - 1]) is null)
            start--;
        if (start == 0 || HeightIn(records[start - 1]) != height)
            return null;
        var inputs = records.Skip(start).Select(r => Decode(r)).ToList();
        return inputs.Contains(null) ? null : inputs.OfType<Input>().ToList();
    }

    private static ulong? HeightIn(byte[] record)
    {
        var reader = new Reader(record);
        reader.Array(2);
        var height = reader.UInt((ulong)Kind.Built) == (ulong)Kind.Height ? reader.UInt() : 0;
        return reader.Finished && height > 0 ? height : null;
    }

    private List<Input> TakeFromGuard(ulong height)
    {
        var missing = guard.Votes(height)
            .Where(v => !votes.ContainsKey((v.Vote.Round, v.Vote.Kind)))
            .Select(Input (v) => new Input.Voted(Verifier.Recall(v))).ToList();
        missing.ForEach(Append);
        return missing;
    }

    // A lock is synced before the precommit that makes it: a log that holds the precommit holds the lock, and where
    // none was signed there is none to miss.
    private bool HoldsLocks(ulong height) => !(guard.Last?.Height > height) && guard.Votes(height)
        .Where(v => v.Vote is { Kind: VoteKind.Precommit, Block: not null })
        .All(v => votes.ContainsKey((v.Vote.Round, v.Vote.Kind)));

    private void Remember(Input input)
    {
        if (input is Input.Voted { Vote.Value: { } vote } && vote.Vote.Validator == self)
            votes[(vote.Vote.Round, vote.Vote.Kind)] = vote;
        if (input is Input.Proposed { Proposal.Value: { } proposal } && proposal.Proposal.Proposer == self)
            proposals[proposal.Proposal.Round] = proposal;
    }

    private static byte[] Encode(Input input) => input switch
    {
        Input.Proposed p => new Writer().Array(2).UInt((ulong)Kind.Proposal).Bytes(p.Proposal.Value.Encode()).ToArray(),
        Input.Voted v => new Writer().Array(2).UInt((ulong)Kind.Vote).Bytes(v.Vote.Value.Encode()).ToArray(),
        Input.Validated v =>
            new Writer().Array(3).UInt((ulong)Kind.Verdict).Digest(v.Block).UInt(v.Valid ? 1UL : 0).ToArray(),
        Input.TimedOut t =>
            new Writer().Array(4).UInt((ulong)Kind.Timeout).UInt(t.Height).UInt(t.Round).UInt((ulong)t.Step).ToArray(),
        Input.Built b => new Writer().Array(3).UInt((ulong)Kind.Built).UInt(b.Round).Bytes(b.Block.Encode()).ToArray(),
        _ => throw new InvalidOperationException($"no record for {input.GetType().Name}"),
    };

    private static Input? Decode(byte[] record)
    {
        // The records were checked before they were written; what the log's checksums pass is what we wrote.
        var reader = new Reader(record);
        _ = reader.Count(4);
        var kind = (Kind)reader.UInt((ulong)Kind.Built);
        Input? input = kind switch
        {
            Kind.Proposal => Consensus.Chain.SignedProposal.TryDecode(reader.Bytes(Record.MaxPayload), out var p)
                ? new Input.Proposed(Verifier.Recall(p)) : null,
            Kind.Vote => SignedVote.TryDecode(reader.Bytes(Record.MaxPayload), out var v)
                ? new Input.Voted(Verifier.Recall(v)) : null,
            Kind.Verdict => new Input.Validated(reader.Digest(), reader.UInt(1) == 1),
            Kind.Timeout =>
                new Input.TimedOut(reader.UInt(), reader.UInt32(), (Step)reader.UInt((ulong)Step.Precommit)),
            Kind.Built => ReadBuilt(ref reader),
            _ => null,
        };
        return reader.Finished ? input : null;
    }

    private static Input.Built? ReadBuilt(ref Reader reader)
    {
        var round = reader.UInt32();
        return Block.TryDecode(reader.Bytes(Limits.BlockBytesMax), out var block) ? new(round, block) : null;
    }
}
