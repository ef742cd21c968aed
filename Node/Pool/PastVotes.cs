using Ledger.Consensus.Chain;
using Ledger.Node.Overlay;

namespace Ledger.Node.Pool;

/// <summary>
/// Votes of the heights just decided: those heard while they counted, and those of the certificates. A second machine
/// with the same key may lag behind the first by some heights; what it says then contradicts what stands here.
/// </summary>
internal sealed class PastVotes
{
    private readonly SortedDictionary<ulong, Dictionary<(Address, uint, VoteKind), SignedVote>> heights = [];

    /// <summary>Keeps a vote whose signature was checked; the first of its height, round and kind stays.</summary>
    internal void Keep(SignedVote signed)
    {
        var vote = signed.Vote;
        if (!heights.TryGetValue(vote.Height, out var votes))
            heights[vote.Height] = votes = [];
        if (votes.Count < OverlayLimits.VotesPerHeightMax)
            votes.TryAdd((vote.Validator, vote.Round, vote.Kind), signed);
    }

    /// <summary>Keeps the votes that decided a height, and forgets heights long decided.</summary>
    internal void Decided(CommitCertificate certificate)
    {
        foreach (var vote in certificate.Votes)
            Keep(vote);
        while (heights.First().Key + OverlayLimits.PastHeightsMax <= certificate.Height)
            heights.Remove(heights.First().Key);
    }

    /// <summary>
    /// What a vote proves together with one that is kept; null for nothing. Cheap, and not yet checked: the late vote's
    /// signature may be anything.
    /// </summary>
    internal Evidence? Contradicted(SignedVote late) =>
        heights.TryGetValue(late.Vote.Height, out var votes)
        && votes.TryGetValue((late.Vote.Validator, late.Vote.Round, late.Vote.Kind), out var kept)
        && kept.Vote != late.Vote
            ? Evidence.DuplicateVote.Of(kept, late)
            : null;
}
