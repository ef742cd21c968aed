using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Engine;

/// <summary>
/// The proposals of one height and what the host found out about their blocks. The first of a round is the one that is
/// answered. A proposer that makes several must not keep us from the block that the others agree on, so one more is
/// kept, and it gives way to a block that a quorum has named.
/// </summary>
internal sealed class ProposalBook
{
    private readonly SortedDictionary<uint, List<SignedProposal>> rounds = [];
    // A block is here once the host was asked about it, with null until it answers.
    private readonly Dictionary<Digest, bool?> verdicts = [];

    internal IReadOnlyList<SignedProposal> Of(uint round) => rounds.GetValueOrDefault(round) ?? [];

    /// <summary>The proposal of a round that is answered.</summary>
    internal Proposal? First(uint round) => Of(round) is [var first, ..] ? first.Proposal : null;

    /// <summary>Whether <paramref name="block"/> was proposed in <paramref name="round"/>.</summary>
    internal bool Has(uint round, Digest block) => Of(round).Any(p => p.Proposal.Block == block);

    /// <summary>A block by its id, with whichever proposal it came.</summary>
    internal Block? Find(Digest block)
    {
        foreach (var proposals in rounds.Values)
            foreach (var proposal in proposals)
                if (proposal.Proposal.Block == block)
                    return proposal.Block;
        return null;
    }

    /// <summary>Whether <see cref="Add"/> would keep a proposal that is not here yet.</summary>
    internal bool Wants(Proposal offer, bool named) =>
        !Has(offer.Round, offer.Block) && (named || Of(offer.Round).Count < Limits.RoundProposalsMax);

    /// <summary>Keeps a proposal; <paramref name="named"/> where a quorum has voted for its block.</summary>
    internal void Add(SignedProposal proposal, bool named)
    {
        var round = proposal.Proposal.Round;
        if (Has(round, proposal.Proposal.Block))
            return;
        if (!rounds.TryGetValue(round, out var kept))
            rounds[round] = kept = [];
        if (kept.Count < Limits.RoundProposalsMax)
            kept.Add(proposal);
        else if (named)
            kept[^1] = proposal;
    }

    /// <summary>
    /// Drops proposals of rounds before <paramref name="round"/>, except those <paramref name="named"/> by a quorum.
    /// </summary>
    internal void Forget(uint round, Func<uint, Digest, bool> named)
    {
        foreach (var (old, proposals) in rounds.TakeWhile(r => r.Key < round).ToList())
            if (proposals.RemoveAll(p => !named(old, p.Proposal.Block)) > 0 && proposals.Count == 0)
                rounds.Remove(old);
    }

    /// <summary>Whether the host is still to be asked about a block; it is asked once.</summary>
    internal bool Ask(Digest block) => verdicts.TryAdd(block, null);

    /// <summary>Takes the host's answer, the first one. What was not asked belongs to another height.</summary>
    internal void Answer(Digest block, bool valid)
    {
        if (verdicts.TryGetValue(block, out var known) && known is null)
            verdicts[block] = valid;
    }

    /// <summary>The host's answer, or null while there is none.</summary>
    internal bool? Verdict(Digest block) => verdicts.GetValueOrDefault(block);
}
