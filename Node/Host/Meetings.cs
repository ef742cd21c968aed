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

    /// <summary>Where most of those see us that we have dialled; null before they agree.</summary>
    internal IPEndPoint? SeenAt { get; private set; }

    /// <summary>Dials whom it is time to dial, and says whom to ask for help with that, or for addresses.</summary>
    internal IReadOnlyList<OverlayEffect> Tick()
    {
        var asked = new List<OverlayEffect>();
        foreach (var peer in book.ToDial(clock.WallClockMs))
            if (punching.HelperFor(peer.Id, clock.NowMs) is { } helper)
            {
                asked.Add(new OverlayEffect.Send(helper, new WireMessage.GetPunch(peer.Id)));
                clock.After(OverlayLimits.PunchAnswerMs, () => DialUnhelped(peer));
            }
            else
                links.Connect(peer.Id, peer.Address);
        return [.. asked, .. addresses.Tick(clock.WallClockMs)];
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
                links.Knock(peer.Address);
                clock.After(OverlayLimits.KnockMs, () => links.Connect(peer.Id, peer.Address));
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
        if (votes.Winner(clock.NowMs) is not { } winner || winner.Equals(SeenAt))
            return;
        SeenAt = winner;
        Log.SeenAt(winner.ToString());
    }

    internal void Left(PeerId peer)
    {
        addresses.Left(peer);
        punching.Left(peer);
        votes.Left(peer);
    }

    // Where help has come this dial is under way already, and the second one is ignored.
    private void DialUnhelped(KnownPeer peer)
    {
        if (book.Find(peer.Id) is { Link: PeerLink.Dialling or PeerLink.Probing })
            links.Connect(peer.Id, peer.Address);
    }
}
