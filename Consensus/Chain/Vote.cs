using System.Diagnostics.CodeAnalysis;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>The two ballots of a round.</summary>
public enum VoteKind : byte
{
    Prevote = 1,
    Precommit = 2,
}

/// <summary>One ballot; <see cref="Block"/> is null for a vote against every block of the round.</summary>
public sealed record Vote(VoteKind Kind, ulong Height, uint Round, Digest? Block, Address Validator)
{
    /// <summary>
    /// In a prevote for a block: the valid round of the proposal that it answers. It makes the voter accountable for
    /// its lock: who precommitted in a later round than that has forgotten it (<see cref="Evidence.Amnesia"/>).
    /// </summary>
    public uint? ValidRound { get; init; }

    /// <summary>What the validator signs: the ballot under a tag of its own and the chain's id.</summary>
    public Digest SigningDigest(Digest chainId) =>
        Digest.Of("ledger/vote", new Writer().Array(7).Digest(chainId).UInt((ulong)Kind).UInt(Height).UInt(Round)
            .DigestOrNil(Block).UIntOrNil(ValidRound).Address(Validator).Written);

    // Precommits and votes for nil name no valid round, and no round follows from itself or a later one.
    internal bool IsWellFormed =>
        ValidRound is not { } valid || Kind == VoteKind.Prevote && Block is not null && valid < Round;
}

/// <summary>A ballot with its signature, as it travels and as it is kept.</summary>
public sealed record SignedVote(Vote Vote, Signature Signature)
{
    public byte[] Encode()
    {
        var writer = new Writer();
        Write(writer);
        return writer.ToArray();
    }

    public void Write(Writer writer) => writer.Array(7).UInt((ulong)Vote.Kind).UInt(Vote.Height).UInt(Vote.Round)
        .DigestOrNil(Vote.Block).UIntOrNil(Vote.ValidRound).Address(Vote.Validator).Signature(Signature);

    public static SignedVote Read(ref Reader reader)
    {
        reader.Array(7);
        var kind = (VoteKind)reader.UInt((ulong)VoteKind.Precommit);
        if (kind is not (VoteKind.Prevote or VoteKind.Precommit))
            reader.Fail();
        var height = reader.UInt();
        var round = reader.UInt32(Limits.RoundMax);
        var block = reader.DigestOrNil();
        uint? validRound = reader.TryNil() ? null : reader.UInt32(Limits.RoundMax);
        var vote = new Vote(kind, height, round, block, reader.Address()) { ValidRound = validRound };
        if (!vote.IsWellFormed)
            reader.Fail();
        return new(vote, reader.Signature());
    }

    public static bool TryDecode(ReadOnlySpan<byte> input, [NotNullWhen(true)] out SignedVote? vote)
    {
        var reader = new Reader(input);
        var read = Read(ref reader);
        vote = reader.Finished ? read : null;
        return vote is not null;
    }
}
