using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Engine;

/// <summary>
/// A proposal that is to be answered: the time of its block and that of its arrival here, in Unix milliseconds.
/// </summary>
internal sealed record Offered(Proposal Proposal, ulong Time, ulong Received);

/// <summary>
/// The proposals of one height and what the host found out about their blocks. The first of a round is the one that is
/// answered. A proposer that makes several must not keep us from the block that the others agree on, so one more is
/// kept, and it gives way to a block that a quorum has named (rule R11).
/// </summary>
internal sealed class ProposalBook
{
    private readonly SortedList<uint, Turn> rounds = [];
    // A block is here once the host was asked about it, with null until it answers.
    private readonly Dictionary<Digest, bool?> verdicts = [];
    private Block? draft;

    internal IReadOnlyList<SignedProposal> Of(uint round) => rounds.TryGetValue(round, out var turn) ? turn.Kept : [];

    /// <summary>The proposal of a round that is answered.</summary>
    internal Offered? First(uint round) => rounds.TryGetValue(round, out var turn) ? turn.First : null;

    /// <summary>A block by its id, with whichever proposal it came.</summary>
    internal Block? Find(Digest block) =>
        OfferOf(block)?.Block ?? (draft is not null && draft.Id == block ? draft : null);

    /// <summary>The latest proposal of a block.</summary>
    internal SignedProposal? OfferOf(Digest block)
    {
        for (var i = rounds.Count - 1; i >= 0; i--)
            foreach (var proposal in rounds.Values[i].Kept)
                if (proposal.Proposal.Block == block)
                    return proposal;
        return null;
    }

    /// <summary>Keeps the block that we are about to propose, until the next one.</summary>
    internal void Keep(Block built) => draft = built;

    /// <summary>
    /// Whether <see cref="Add"/> of a proposal would change anything: a contradiction does so once.
    /// </summary>
    internal bool Wants(Proposal offer, bool named)
    {
        if (!rounds.TryGetValue(offer.Round, out var turn))
            return true;
        return !turn.Accused && turn.First.Proposal != offer
            || !turn.Has(offer.Block) && (named || turn.Kept.Count < Limits.RoundProposalsMax);
    }

    /// <summary>
    /// Keeps a proposal; <paramref name="named"/> where a quorum has voted for its block. What comes back proves that
    /// its proposer made two, the first time.
    /// </summary>
    internal Evidence? Add(SignedProposal proposal, ulong received, bool named)
    {
        var (round, block) = (proposal.Proposal.Round, proposal.Proposal.Block);
        if (!rounds.TryGetValue(round, out var turn))
        {
            rounds[round] = new(new(proposal.Proposal, proposal.Block.Header.Time, received), proposal);
            return null;
        }
        if (!turn.Has(block) && turn.Kept.Count < Limits.RoundProposalsMax)
            turn.Kept.Add(proposal);
        else if (!turn.Has(block) && named)
            turn.Kept[^1] = proposal;
        return turn.Contradicts(proposal.Offer);
    }

    /// <summary>
    /// Drops proposals of rounds before <paramref name="round"/>, except those <paramref name="named"/> by a quorum.
    /// </summary>
    internal void Forget(uint round, Func<uint, Digest, bool> named)
    {
        for (var i = rounds.Count - 1; i >= 0; i--)
            if (rounds.Keys[i] is var old && old < round)
            {
                rounds.Values[i].Kept.RemoveAll(p => !named(old, p.Proposal.Block));
                if (rounds.Values[i].Kept.Count == 0)
                    rounds.RemoveAt(i);
            }
    }

    /// <summary>Whether the host is still to be asked about a block; it is asked once.</summary>
    internal bool Ask(Digest block) => verdicts.TryAdd(block, null);

    internal bool IsAsked(Digest block) => verdicts.ContainsKey(block);

    /// <summary>Takes the host's answer, the first one. What was not asked belongs to another height.</summary>
    internal void Answer(Digest block, bool valid)
    {
        if (verdicts.TryGetValue(block, out var known) && known is null)
            verdicts[block] = valid;
    }

    /// <summary>The host's answer, or null while there is none.</summary>
    internal bool? Verdict(Digest block) => verdicts.GetValueOrDefault(block);

    /// <summary>What one proposer said in one round; its first word stays even where the block is dropped.</summary>
    private sealed class Turn(Offered first, SignedProposal proposal)
    {
        private readonly SignedOffer word = proposal.Offer;

        internal Offered First => first;

        internal List<SignedProposal> Kept { get; } = [proposal];

        internal bool Accused { get; private set; }

        internal bool Has(Digest block)
        {
            foreach (var kept in Kept)
                if (kept.Proposal.Block == block)
                    return true;
            return false;
        }

        internal Evidence.DuplicateProposal? Contradicts(SignedOffer other)
        {
            if (Accused || other.Proposal == word.Proposal)
                return null;
            Accused = true;
            return Evidence.DuplicateProposal.Of(word, other);
        }
    }
}
