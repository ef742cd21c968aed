using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;

namespace Ledger.Node.Storage;

/// <summary>
/// Everything that has moved the agreement on the current height, in order, with our own signatures among it. Synced
/// before a signature leaves the process, so that a node that crashed finds the same locks and never signs two
/// different votes for one height, round and kind. Emptied when the height is decided.
/// </summary>
internal sealed class VoteLog : IDisposable
{
    private enum Kind : byte
    {
        Height = 1,
        Proposal = 2,
        Vote = 3,
        Verdict = 4,
        Timeout = 5,
        Built = 6,
        Certificate = 7,
    }

    private readonly RecordLog log;
    private readonly Dictionary<(uint Round, VoteKind Kind), SignedVote> votes = [];
    private readonly Dictionary<uint, SignedProposal> proposals = [];
    private readonly Address self;

    private VoteLog(RecordLog log, Address self) => (this.log, this.self) = (log, self);

    /// <summary>
    /// Opens the log of <paramref name="height"/> and gives what it holds of that height. A log of an earlier height
    /// is done with; one of a later height means that the chain's store is older than what was signed.
    /// </summary>
    internal static VoteLog Open(string path, Address self, ulong height, out IReadOnlyList<Input> inputs)
    {
        if (height > 1 && !File.Exists(path))
            throw new StoreException($"'{path}' is missing although this home has a chain",
                "without it this key could vote twice; restore it, or start a new home with a new key");
        var opened = new VoteLog(RecordLog.Open(path, out var replay), self);
        var read = false;
        try
        {
            inputs = opened.Read(replay.Records, height, path);
            read = true;
            return opened;
        }
        finally
        {
            if (!read)
                opened.Dispose();
        }
    }

    /// <summary>Forgets the height before and begins the next.</summary>
    internal void Begin(ulong height)
    {
        votes.Clear();
        proposals.Clear();
        log.Reset();
        log.Append(new Writer().Array(2).UInt((ulong)Kind.Height).UInt(height).Written);
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

    private List<Input> Read(IReadOnlyList<byte[]> records, ulong height, string path)
    {
        if (records.Count == 0)
        {
            Begin(height);
            return [];
        }
        var first = new Reader(records[0]);
        first.Array(2);
        var logged = first.UInt((ulong)Kind.Height) == (ulong)Kind.Height ? first.UInt() : 0;
        if (!first.Finished || logged > height)
            throw new StoreException($"'{path}' has votes of height {logged}, but the chain here ends at {height - 1}",
                "this home was restored from an older copy; resync into a new home with a new key");
        if (logged < height)
        {
            Begin(height);
            return [];
        }
        var inputs = records.Skip(1)
            .Select(r => Decode(r) ?? throw StoreException.Damaged(path, "a record is of no known kind"))
            .ToList();
        inputs.ForEach(Remember);
        return inputs;
    }

    private void Remember(Input input)
    {
        if (input is Input.Voted { Vote.Value: { } vote } && vote.Vote.Validator == self)
            votes[(vote.Vote.Round, vote.Vote.Kind)] = vote;
        if (input is Input.Proposed { Proposal.Value: { } proposal } && proposal.Proposal.Proposer == self)
            proposals[proposal.Proposal.Round] = proposal;
    }

    private static byte[] Encode(Input input) => input switch
    {
        Input.Proposed p => new Writer().Array(3).UInt((ulong)Kind.Proposal).Bytes(p.Proposal.Value.Encode())
            .UInt(p.Received).ToArray(),
        Input.Voted v => new Writer().Array(2).UInt((ulong)Kind.Vote).Bytes(v.Vote.Value.Encode()).ToArray(),
        Input.Validated v =>
            new Writer().Array(3).UInt((ulong)Kind.Verdict).Digest(v.Block).UInt(v.Valid ? 1UL : 0).ToArray(),
        Input.TimedOut t =>
            new Writer().Array(4).UInt((ulong)Kind.Timeout).UInt(t.Height).UInt(t.Round).UInt((ulong)t.Step).ToArray(),
        Input.Built b => new Writer().Array(3).UInt((ulong)Kind.Built).UInt(b.Round).Bytes(b.Block.Encode()).ToArray(),
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
