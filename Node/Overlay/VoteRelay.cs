using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// Votes of others, gathered for a moment and passed on once, to those who are not known to have them.
/// </summary>
internal sealed class VoteRelay
{
    private readonly List<(SignedVote Vote, SortedSet<PeerId> KnownTo)> waiting = [];
    private readonly Dictionary<Vote, int> places = [];

    internal bool IsEmpty => waiting.Count == 0;

    /// <summary>A vote that is new here and good.</summary>
    internal void Add(SignedVote vote, PeerId from)
    {
        if (places.TryAdd(vote.Vote, waiting.Count))
            waiting.Add((vote, [from]));
    }

    /// <summary>A peer has sent a vote, so that it need not be sent to it.</summary>
    internal void Heard(SignedVote vote, PeerId from)
    {
        if (places.TryGetValue(vote.Vote, out var place))
            waiting[place].KnownTo.Add(from);
    }

    /// <summary>What to send to whom; votes of other heights than this one have come too late to matter.</summary>
    internal List<OverlayEffect.Send> Flush(
        ulong height, IEnumerable<PeerId> peers, Func<PeerId, Vote, bool> shows)
    {
        var messages = new List<OverlayEffect.Send>();
        waiting.RemoveAll(w => w.Vote.Vote.Height != height);
        if (waiting.Count > 0)
            foreach (var peer in peers)
                messages.AddRange(OfVotes(
                    waiting.Where(w => !w.KnownTo.Contains(peer) && !shows(peer, w.Vote.Vote)).Select(w => w.Vote))
                    .Select(m => new OverlayEffect.Send(peer, m)));
        waiting.Clear();
        places.Clear();
        return messages;
    }

    /// <summary>Votes in as few messages as it takes.</summary>
    internal static IEnumerable<WireMessage> OfVotes(IEnumerable<SignedVote> votes) =>
        votes.Chunk(GossipLimits.BallotsPerMessageMax).Select(part => part is [var only]
            ? (WireMessage)new WireMessage.Ballot(only) : new WireMessage.Ballots(ImmutableArray.Create(part)));
}
