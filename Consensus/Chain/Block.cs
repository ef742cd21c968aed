using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>
/// What validators agree on at one height. <paramref name="StateRoot"/> commits to the state before this block, so that
/// voting never waits for the block's execution; <paramref name="Time"/> is Unix time in milliseconds.
/// </summary>
public sealed record Header(
    uint Version, Digest ChainId, ulong Height, ulong Time, Digest PreviousBlock, Digest PreviousCommit,
    Digest ContentRoot, Digest EvidenceRoot, Digest Validators, Digest NextValidators, Digest Parameters,
    Digest StateRoot, Address Proposer)
{
    /// <summary>The version of the rules that chains begin with, and the newest that this program knows.</summary>
    public const uint FirstVersion = 1;
    public const uint NewestVersion = 1;

    /// <summary>The block's id.</summary>
    public Digest Digest()
    {
        var writer = new Writer();
        Write(writer);
        return Crypto.Digest.Of("ledger/block", writer.Written);
    }

    internal void Write(Writer writer) => writer.Array(13).UInt(Version).Digest(ChainId).UInt(Height).UInt(Time)
        .Digest(PreviousBlock).Digest(PreviousCommit).Digest(ContentRoot).Digest(EvidenceRoot).Digest(Validators)
        .Digest(NextValidators).Digest(Parameters).Digest(StateRoot).Address(Proposer);

    internal static Header Read(ref Reader reader)
    {
        reader.Array(13);
        return new(reader.UInt32(), reader.Digest(), reader.UInt(), reader.UInt(), reader.Digest(), reader.Digest(),
            reader.Digest(), reader.Digest(), reader.Digest(), reader.Digest(), reader.Digest(), reader.Digest(),
            reader.Address());
    }
}

/// <summary>
/// A header with what it commits to: the certificate of the block before (null at height 1), evidence against
/// validators, the rounds of learning that it closes, and its transactions.
/// </summary>
public sealed record Block(
    Header Header, CommitCertificate? LastCommit, ImmutableArray<Evidence> Evidence,
    ImmutableArray<CloseRound> Closings, ImmutableArray<SignedTransaction> Transactions)
{
    // Asked for all the time and never changing.
    private StrongBox<Digest>? id;
    private byte[]? encoded;

    // A copy may get another header or content, and so begins without the notes.
    private Block(Block other) => (Header, LastCommit, Evidence, Closings, Transactions) =
        (other.Header, other.LastCommit, other.Evidence, other.Closings, other.Transactions);

    /// <summary>The header's digest.</summary>
    public Digest Id => (id ??= new(Header.Digest())).Value;

    /// <summary>The bytes that travel.</summary>
    public ReadOnlySpan<byte> Encoded => encoded ??= Written();

    /// <summary>The Merkle root over closings and transactions, in their order.</summary>
    public static Digest RootOf(ImmutableArray<CloseRound> closings, ImmutableArray<SignedTransaction> transactions) =>
        Merkle.Root([
            .. closings.Select(c => Merkle.Leaf(c.Encode())), .. transactions.Select(t => Merkle.Leaf(t.Encoded)),
        ]);

    /// <summary>The Merkle root over evidence, in its order.</summary>
    public static Digest RootOf(ImmutableArray<Evidence> evidence) =>
        Merkle.Root([.. evidence.Select(e => Merkle.Leaf(e.Encode()))]);

    /// <summary>The digest that the next header carries for a commit; a fixed one where there is none.</summary>
    public static Digest CommitDigest(CommitCertificate? commit) => commit?.Digest() ?? default;

    /// <summary>Whether the header commits to this very content; without it two contents could share one id.</summary>
    public bool IsConsistent =>
        Header.ContentRoot == RootOf(Closings, Transactions) && Header.EvidenceRoot == RootOf(Evidence)
        && Header.PreviousCommit == CommitDigest(LastCommit);

    public bool Equals(Block? other) =>
        other is not null && Id == other.Id && Encoded.SequenceEqual(other.Encoded);

    public override int GetHashCode() => Id.GetHashCode();

    /// <summary>A copy of <see cref="Encoded"/>.</summary>
    public byte[] Encode() => Encoded.ToArray();

    public void Write(Writer writer) => writer.Record(Encoded);

    private byte[] Written()
    {
        var writer = new Writer().Array(5);
        Header.Write(writer);
        if (LastCommit is null)
            writer.Nil();
        else
            LastCommit.Write(writer);
        writer.Array(Evidence.Length);
        foreach (var evidence in Evidence)
            evidence.Write(writer);
        writer.Array(Closings.Length);
        foreach (var closing in Closings)
            closing.Write(writer);
        writer.Array(Transactions.Length);
        foreach (var transaction in Transactions)
            writer.Bytes(transaction.Encoded);
        return writer.ToArray();
    }

    public static Block? Read(ref Reader reader)
    {
        reader.Array(5);
        var header = Header.Read(ref reader);
        var commit = reader.TryNil() ? null : CommitCertificate.Read(ref reader);
        var evidence = ImmutableArray.CreateBuilder<Evidence>();
        for (int i = 0, n = reader.Count(Limits.BlockEvidenceMax); i < n && !reader.Failed; i++)
            if (Chain.Evidence.Read(ref reader) is { } proof)
                evidence.Add(proof);
        var closings = ImmutableArray.CreateBuilder<CloseRound>();
        for (int i = 0, n = reader.Count(Limits.BlockClosingsMax); i < n && !reader.Failed; i++)
            closings.Add(CloseRound.Read(ref reader));
        var transactions = ImmutableArray.CreateBuilder<SignedTransaction>();
        for (int i = 0, n = reader.Count(Limits.BlockTransactionsMax); i < n && !reader.Failed; i++)
            if (SignedTransaction.TryDecode(reader.Bytes(Limits.TransactionBytesMax), out var transaction))
                transactions.Add(transaction);
            else
                reader.Fail();
        return reader.Failed
            ? null
            : new(header, commit, evidence.ToImmutable(), closings.ToImmutable(), transactions.ToImmutable());
    }

    public static bool TryDecode(ReadOnlySpan<byte> input, [NotNullWhen(true)] out Block? block)
    {
        block = null;
        if (input.Length > Limits.BlockBytesMax)
            return false;
        var reader = new Reader(input);
        var read = Read(ref reader);
        block = reader.Finished ? read : null;
        return block is not null;
    }
}
