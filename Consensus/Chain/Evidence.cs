using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>
/// Two messages of one validator on one height that no honest one signs both: proof for anybody who can check a
/// signature, without knowing who the validators were or what else was said. That prevotes name their valid round is
/// Malachite's accountable Tendermint (specs/consensus/accountable-tm). The number of a kind is part of the protocol
/// and never changes.
/// </summary>
public abstract record Evidence
{
    private Evidence()
    {
    }

    /// <summary>The number by which the kind travels.</summary>
    public abstract uint Kind { get; }

    /// <summary>Who signed both.</summary>
    public abstract Address Offender { get; }

    /// <summary>The height on which both were signed.</summary>
    public abstract ulong Height { get; }

    /// <summary>Two different votes of one kind in one round. A pair has one order: see <see cref="Of"/>.</summary>
    public sealed record DuplicateVote(SignedVote First, SignedVote Second) : Evidence
    {
        public override uint Kind => 1;

        public override Address Offender => First.Vote.Validator;

        public override ulong Height => First.Vote.Height;

        /// <summary>The proof from two votes, whichever came first.</summary>
        public static DuplicateVote Of(SignedVote one, SignedVote other) =>
            IsBefore(one.Encode(), other.Encode()) ? new(one, other) : new(other, one);

        internal override void Write(Writer writer)
        {
            writer.Array(3).UInt(Kind);
            First.Write(writer);
            Second.Write(writer);
        }

        internal override bool Contradicts() =>
            (First.Vote.Kind, First.Vote.Height, First.Vote.Round, First.Vote.Validator)
                == (Second.Vote.Kind, Second.Vote.Height, Second.Vote.Round, Second.Vote.Validator)
            && First.Vote != Second.Vote && IsBefore(First.Encode(), Second.Encode());

        internal override bool IsSigned(Digest chainId) =>
            Verifier.Check(chainId, First) is not null && Verifier.Check(chainId, Second) is not null;
    }

    /// <summary>Two different proposals for one round.</summary>
    public sealed record DuplicateProposal(SignedOffer First, SignedOffer Second) : Evidence
    {
        public override uint Kind => 2;

        public override Address Offender => First.Proposal.Proposer;

        public override ulong Height => First.Proposal.Height;

        /// <summary>The proof from two proposals, whichever came first.</summary>
        public static DuplicateProposal Of(SignedOffer one, SignedOffer other) =>
            IsBefore(one.Encode(), other.Encode()) ? new(one, other) : new(other, one);

        internal override void Write(Writer writer)
        {
            writer.Array(3).UInt(Kind);
            First.Write(writer);
            Second.Write(writer);
        }

        internal override bool Contradicts() =>
            (First.Proposal.Height, First.Proposal.Round, First.Proposal.Proposer)
                == (Second.Proposal.Height, Second.Proposal.Round, Second.Proposal.Proposer)
            && First.Proposal != Second.Proposal && IsBefore(First.Encode(), Second.Encode());

        internal override bool IsSigned(Digest chainId) =>
            Verifier.Check(chainId, First) is not null && Verifier.Check(chainId, Second) is not null;
    }

    /// <summary>
    /// A precommit for a block, and a prevote for a block in a later round that names no polka since: the precommit
    /// locked the voter, and its lock yields to a polka of its round or later only.
    /// </summary>
    public sealed record Amnesia(SignedVote Precommit, SignedVote Prevote) : Evidence
    {
        public override uint Kind => 3;

        public override Address Offender => Precommit.Vote.Validator;

        public override ulong Height => Precommit.Vote.Height;

        internal override void Write(Writer writer)
        {
            writer.Array(3).UInt(Kind);
            Precommit.Write(writer);
            Prevote.Write(writer);
        }

        internal override bool Contradicts() =>
            Precommit.Vote is { Kind: VoteKind.Precommit, Block: not null } locked
            && Prevote.Vote is { Kind: VoteKind.Prevote, Block: not null } later
            && (locked.Height, locked.Validator) == (later.Height, later.Validator)
            && later.Round > locked.Round && (later.ValidRound is not { } valid || valid < locked.Round);

        internal override bool IsSigned(Digest chainId) =>
            Verifier.Check(chainId, Precommit) is not null && Verifier.Check(chainId, Prevote) is not null;
    }

    /// <summary>Whether the messages contradict each other and both are signed, for this chain.</summary>
    public bool IsProof(Digest chainId) => Contradicts() && IsSigned(chainId);

    public byte[] Encode()
    {
        var writer = new Writer();
        Write(writer);
        return writer.ToArray();
    }

    /// <summary>What <see cref="Write"/> has written; null, and a failed reader, for anything else.</summary>
    public static Evidence? Read(ref Reader reader)
    {
        reader.Array(3);
        Evidence? read = reader.UInt32() switch
        {
            1 => new DuplicateVote(SignedVote.Read(ref reader), SignedVote.Read(ref reader)),
            2 => new DuplicateProposal(SignedOffer.Read(ref reader), SignedOffer.Read(ref reader)),
            3 => new Amnesia(SignedVote.Read(ref reader), SignedVote.Read(ref reader)),
            _ => null,
        };
        if (read is null || !read.Contradicts())
            reader.Fail();
        return reader.Failed ? null : read;
    }

    internal abstract void Write(Writer writer);

    internal abstract bool Contradicts();

    internal abstract bool IsSigned(Digest chainId);

    private static bool IsBefore(byte[] one, byte[] other) => one.AsSpan().SequenceCompareTo(other) < 0;
}
