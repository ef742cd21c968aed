using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// At which address others see us, by what peers say that we have dialled ourselves: a majority of the network groups
/// decides, of at least three, so that the many addresses of one network are one voice (as geth's IPTracker has it).
/// </summary>
internal sealed class AddressVotes
{
    private readonly SortedDictionary<PeerId, (IPEndPoint Seen, NetworkGroup Group, ulong AtMs)> votes = [];

    /// <summary>A peer that lives at <paramref name="voter"/> sees us at <paramref name="seen"/>.</summary>
    internal void Vote(PeerId peer, IPAddress voter, IPEndPoint seen, ulong nowMs)
    {
        if (votes.Count < OverlayLimits.AddressVotesMax || votes.ContainsKey(peer))
            votes[peer] = (KnownPeer.Plain(seen), NetworkGroup.Of(voter), nowMs);
    }

    internal void Left(PeerId peer) => votes.Remove(peer);

    /// <summary>The address on which more than half of at least three groups agree; null without one.</summary>
    internal IPEndPoint? Winner(ulong nowMs)
    {
        foreach (var (peer, _) in votes.Where(v => nowMs >= v.Value.AtMs + OverlayLimits.AddressVoteMs).ToList())
            votes.Remove(peer);
        // Where one group contradicts itself, its last word counts.
        var voices = votes.Values.GroupBy(v => v.Group).Select(g => g.MaxBy(v => v.AtMs).Seen).ToList();
        var best = voices.GroupBy(v => v).MaxBy(g => g.Count());
        return best is not null && best.Count() >= OverlayLimits.AddressVotersMin && 2 * best.Count() > voices.Count
            ? best.Key
            : null;
    }
}
