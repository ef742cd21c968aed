using System.Buffers.Binary;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;

namespace Ledger.Node.Overlay;

/// <summary>
/// Anti-entropy for the agreement: each peer says which votes of its round it holds, and whoever holds more sends
/// them. So every correct peer receives what one correct peer has received, which the paper's gossip property asks for,
/// whatever the network loses.
/// </summary>
internal static class VoteRepair
{
    /// <summary>Where we stand, for our peers to compare.</summary>
    internal static WireMessage.Status StatusOf(Agreement agreement)
    {
        var (state, votes) = (agreement.State, agreement.Votes);
        return new(
            agreement.Height, state.Round, (byte)state.Step, state.Valid?.Round, state.Locked?.Round,
            Bits(agreement, state.Round, VoteKind.Prevote), Bits(agreement, state.Round, VoteKind.Precommit),
            agreement.Proposals(state.Round).Count > 0,
            votes.QuorumBlock(state.Round, VoteKind.Prevote) is not null,
            votes.QuorumBlock(state.Round, VoteKind.Precommit) is not null);
    }

    /// <summary>What a peer at our height lacks and we have.</summary>
    internal static IEnumerable<WireMessage> Missing(
        Agreement agreement, ValidatorSet validators, WireMessage.Status theirs)
    {
        if (theirs.Height != agreement.Height)
            return [];
        var proposals = agreement.Proposals(theirs.Round);
        return [
            .. theirs.HasProposal ? [] : proposals.Select(p => new WireMessage.Offer(p)),
            .. Lacking(agreement, validators, VoteKind.Prevote, theirs.Round, theirs.Prevotes, theirs.HasPolka),
            .. Lacking(agreement, validators, VoteKind.Precommit, theirs.Round, theirs.Precommits, theirs.HasCommit),
            // L28: a proposal of an older value means nothing without the polka it names.
            .. IsProposing(theirs) ? proposals.Select(p => p.Proposal.ValidRound).OfType<uint>()
                .SelectMany(r => Votes(agreement, r, VoteKind.Prevote)) : [],
            // L55: more than a third of the stake in a later round takes a peer there.
            .. agreement.State.Round > theirs.Round
                ? Votes(agreement, agreement.State.Round, VoteKind.Prevote)
                    .Concat(Votes(agreement, agreement.State.Round, VoteKind.Precommit)) : [],
        ];
    }

    private static IEnumerable<WireMessage.Ballot> Lacking(
        Agreement agreement, ValidatorSet validators, VoteKind kind, uint round, VoteBits theirs, bool haveQuorum)
    {
        var quorum = haveQuorum ? null : agreement.Votes.QuorumBlock(round, kind);
        return Votes(agreement, round, kind).Where(b =>
            validators.IndexOf(b.Vote.Vote.Validator) is var index and >= 0
            && (!theirs.Has(index) || quorum is not null && b.Vote.Vote.Block == quorum));
    }

    private static bool IsProposing(WireMessage.Status status) => status.Step == (byte)Step.Propose;

    private static IEnumerable<WireMessage.Ballot> Votes(Agreement agreement, uint round, VoteKind kind) =>
        agreement.Votes.Votes(round, kind).Select(v => new WireMessage.Ballot(v));

    private static VoteBits Bits(Agreement agreement, uint round, VoteKind kind)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        agreement.Votes.Bitmap(round, kind).CopyTo(bytes);
        return new(BinaryPrimitives.ReadUInt128LittleEndian(bytes));
    }
}
