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

    /// <summary>
    /// What a peer lacks and we have. One that is at the height that <paramref name="last"/> decided is given that: if
    /// it has the block, it is with us at once.
    /// </summary>
    internal static IEnumerable<WireMessage> Missing(
        Agreement agreement, ValidatorSet validators, WireMessage.Status theirs, CommitCertificate? last)
    {
        if (theirs.Height != agreement.Height)
            return theirs.Height == last?.Height ? [new WireMessage.Certified(last)] : [];
        return [
            .. Proofs(agreement, theirs).Select(c => new WireMessage.Certified(c)),
            .. Offers(agreement, theirs),
            .. VoteRelay.OfVotes(Lacking(agreement, validators, VoteKind.Prevote, theirs.Round, theirs.Prevotes)
                .Concat(Lacking(agreement, validators, VoteKind.Precommit, theirs.Round, theirs.Precommits))),
        ];
    }

    /// <summary>What everyone is told again and again while a round lasts (rule R14).</summary>
    internal static IEnumerable<WireMessage> Standing(Agreement agreement) =>
    [
        .. agreement.OwnVotes.Select(v => new WireMessage.Ballot(v)),
        .. agreement.Entry is { } entry ? [new WireMessage.Certified(entry)] : Array.Empty<WireMessage>(),
        StatusOf(agreement),
    ];

    // What the peer could not work out from votes that come one by one (rules R13, R14).
    private static IEnumerable<Certificate> Proofs(Agreement agreement, WireMessage.Status theirs)
    {
        if (agreement.State.Round > theirs.Round && agreement.Entry is { } entry)
            yield return entry;
        foreach (var round in PolkasFor(agreement, theirs))
            if (agreement.Votes.Polka(round) is { } polka)
                yield return polka;
        var decided = agreement.Votes.Committed?.Round;
        if (decided is { } commit && !(commit == theirs.Round && theirs.HasCommit)
            && agreement.Votes.Commit(commit) is { } proof)
            yield return proof;
    }

    // The polka of its round; those that proposals of its round name (L28); and the one that we would propose, which
    // may be what we are locked on and nobody else has seen.
    private static SortedSet<uint> PolkasFor(Agreement agreement, WireMessage.Status theirs)
    {
        var rounds = new SortedSet<uint>();
        if (!theirs.HasPolka)
            rounds.Add(theirs.Round);
        if (theirs.Step == (byte)Step.Propose)
            rounds.UnionWith(agreement.Proposals(theirs.Round).Select(p => p.Proposal.ValidRound).OfType<uint>());
        if (agreement.State.Valid is { } valid && LacksValid(theirs, valid))
            rounds.Add(valid.Round);
        return rounds;
    }

    private static IEnumerable<WireMessage.Offer> Offers(Agreement agreement, WireMessage.Status theirs)
    {
        var offers = theirs.HasProposal ? [] : agreement.Proposals(theirs.Round);
        // The polka alone is not enough for who has never seen its block.
        var hidden = agreement.State.Valid is { } valid && valid.Round < theirs.Round && LacksValid(theirs, valid)
            ? agreement.OfferOf(valid.Block)
            : null;
        return offers.Concat(hidden is null ? [] : [hidden]).Select(p => new WireMessage.Offer(p));
    }

    private static bool LacksValid(WireMessage.Status theirs, Polka valid) => !(theirs.ValidRound >= valid.Round);

    private static IEnumerable<SignedVote> Lacking(
        Agreement agreement, ValidatorSet validators, VoteKind kind, uint round, VoteBits theirs) =>
        agreement.Votes.Votes(round, kind)
            .Where(v => validators.IndexOf(v.Vote.Validator) is var index and >= 0 && !theirs.Has(index));

    private static VoteBits Bits(Agreement agreement, uint round, VoteKind kind)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        agreement.Votes.Bitmap(round, kind).CopyTo(bytes);
        return new(BinaryPrimitives.ReadUInt128LittleEndian(bytes));
    }
}
