using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Host;

/// <summary>How this node finds others: it dials, asks for addresses, and meets those behind address translators.
/// </summary>
internal sealed class Meetings(IClock clock, ILinks links, PeerBook book)
{
    private readonly PeerExchange addresses = new(book);
    private readonly HolePunching punching = new(book);
    private readonly AddressVotes votes = new();
    private IPEndPoint? seenAt;

    /// <summary>Dials whom it is time to dial, and says whom to ask for addresses.</summary>
    internal IReadOnlyList<OverlayEffect> Tick()
    {
        foreach (var peer in book.ToDial(clock.WallClockMs))
            links.Connect(peer.Id, peer.Address);
        return addresses.Tick(clock.WallClockMs);
    }

    internal IReadOnlyList<OverlayEffect> Handle(PeerId from, WireMessage.OfPeers message)
    {
        switch (message)
        {
            case WireMessage.GetPeers:
                return addresses.Answer(from, clock.WallClockMs);
            case WireMessage.Peers peers:
                return addresses.Learn(from, peers, clock.WallClockMs);
            case WireMessage.GetPunch ask:
                return punching.Help(from, ask.Target, clock.NowMs);
            case WireMessage.Punch { Peer: var other } when punching.Obey(from, other, clock.NowMs) is { } peer:
                links.Connect(peer.Id, peer.Address);
                return [];
            default:
                return [];
        }
    }

    /// <summary>A peer says at which address it sees us. Only those that we dialled have a voice.</summary>
    internal void Observed(PeerId by, IPEndPoint address)
    {
        if (book.Find(by) is not { Link: PeerLink.Outbound or PeerLink.Dialling } voter)
            return;
        votes.Vote(by, voter.Address.Address, address, clock.NowMs);
        if (votes.Winner(clock.NowMs) is not { } winner || winner.Equals(seenAt))
            return;
        seenAt = winner;
        Log.SeenAt(winner.ToString());
    }

    internal IReadOnlyList<OverlayEffect> Unreached(PeerId peer) => punching.Unreached(peer, clock.NowMs);

    internal void Left(PeerId peer)
    {
        addresses.Left(peer);
        punching.Left(peer);
        votes.Left(peer);
    }
}
