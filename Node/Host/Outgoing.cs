using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Node.Overlay;
using Ledger.Node.Transport;

namespace Ledger.Node.Host;

/// <summary>What this node says and passes on, and to whom.</summary>
internal sealed class Outgoing(
    IClock clock, ILinks links, ChainHead head, Agreement agreement, PeerBook book, ulong seed)
{
    private readonly Gossip gossip = new(seed);
    private readonly SortedDictionary<PeerId, WireMessage.Status> standing = [];
    private (ulong Height, uint Round) place;
    private ulong sinceMs;
    private ulong saidToAllMs;
    private ulong askedAt;
    private bool isGathering;

    internal IReadOnlyList<OverlayEffect> Joined(PeerId peer, bool dialled) => gossip.Joined(peer, dialled);

    internal void Left(PeerId peer)
    {
        gossip.Left(peer);
        standing.Remove(peer);
    }

    /// <summary>
    /// A peer tells which votes it holds: what we have besides. Nothing where it has only just come to a round that we
    /// are new in too: whatever it lacks is on its way already, and if not, it says so again.
    /// </summary>
    internal IEnumerable<WireMessage> Missing(PeerId peer, WireMessage.Status status)
    {
        var before = standing.GetValueOrDefault(peer);
        standing[peer] = status;
        if (status.Height == agreement.Height + 1)
            AskIfLeftBehind(peer);
        var isNewThere = before is not null && (before.Height, before.Round) != (status.Height, status.Round);
        return isNewThere && IsFresh(status)
            ? []
            : VoteRepair.Missing(agreement, head.State.Validators, status, head.Certificate);
    }

    /// <summary>A peer has sent a vote, so that it need not be sent to it.</summary>
    internal void Heard(PeerId from, SignedVote vote) => gossip.Heard(from, vote);

    /// <summary>Whether something with this digest comes for the first time; it has come from now on.</summary>
    internal bool IsNew(Digest id) => gossip.IsNew(id, clock.NowMs);

    /// <summary>
    /// Something has come that others may offer too, a proposal or a transaction with this digest: what to tell those.
    /// </summary>
    internal IReadOnlyList<OverlayEffect> Arrived(PeerId from, Digest id) => gossip.Arrived(from, id);

    internal void Publish(WireMessage message)
    {
        foreach (var saying in gossip.Publish(message, clock.NowMs))
            Send(saying.To, saying.Message);
        if (message is WireMessage.Offer or WireMessage.Transactions)
            Gather();
    }

    /// <summary>
    /// Says where we stand: to the mesh at each step forward, to all others once in a while, since who falls behind
    /// knows it by nothing else.
    /// </summary>
    internal void Announce()
    {
        var status = VoteRepair.StatusOf(agreement);
        Publish(status);
        if (clock.NowMs < saidToAllMs + GossipLimits.SaidToAllMs)
            return;
        saidToAllMs = clock.NowMs;
        Send([.. gossip.Others], status);
    }

    /// <summary>Says again where we stand, and to each what it does not show that it has.</summary>
    internal void Repeat()
    {
        foreach (var message in VoteRepair.Standing(agreement))
            Send([.. book.Connected.Select(p => p.Id).Where(p => MayLack(p, message))], message);
    }

    /// <summary>Passes on what a peer has sent and was found good, soon and with more of the like.</summary>
    internal void Relay(WireMessage message, PeerId from)
    {
        gossip.Relay(message, from, clock.NowMs);
        Gather();
    }

    /// <summary>What a peer is sent that asks for messages it was told of.</summary>
    internal IEnumerable<WireMessage> Wanted(PeerId from, WireMessage.IWant want) => gossip.Wanted(from, want);

    /// <summary>What else a peer says about the passing on of messages; nothing counts from who does harm.</summary>
    internal IReadOnlyList<OverlayEffect> Receive(PeerId from, WireMessage.OfGossip message) =>
        ScoreOf(from) < OverlayLimits.GossipScoreMin ? [] : gossip.Receive(from, message, ScoreOf, clock.NowMs);

    internal IReadOnlyList<OverlayEffect> Tick() => gossip.Tick(ScoreOf, clock.NowMs);

    /// <summary>Sends a message to one peer and says how many bytes it is.</summary>
    internal int Send(PeerId to, WireMessage message) => Send([to], message);

    // Encoded once, however many it goes to.
    private int Send(IReadOnlyCollection<PeerId> peers, WireMessage message)
    {
        if (peers.Count == 0)
            return 0;
        var bytes = WireCodec.Encode(message);
        var urgency = (MessageClass)WireCodec.ClassOf(message, bytes.Length);
        foreach (var peer in peers)
            links.Send(peer, urgency, bytes);
        return bytes.Length;
    }

    private void Gather()
    {
        if (isGathering)
            return;
        isGathering = true;
        clock.After(GossipLimits.GatherMs, () =>
        {
            isGathering = false;
            foreach (var send in gossip.Flush(agreement.Height, Shows))
                Send(send.To, send.Message);
        });
    }

    // What decided our height is with us in a moment, or it was lost: a peer that is past it gives the proof to who
    // asks.
    private void AskIfLeftBehind(PeerId peer)
    {
        var height = agreement.Height;
        if (askedAt == height)
            return;
        askedAt = height;
        clock.After(GossipLimits.LeftBehindMs, () =>
        {
            if (agreement.Height == height)
                Send(peer, VoteRepair.StatusOf(agreement));
        });
    }

    private bool MayLack(PeerId peer, WireMessage message) => message switch
    {
        WireMessage.Ballot own => !Shows(peer, own.Vote.Vote),
        WireMessage.Certified { Certificate: RoundCertificate entry } =>
            !(standing.TryGetValue(peer, out var theirs)
                && (theirs.Height > entry.Height || theirs.Height == entry.Height && theirs.Round >= entry.Round)),
        _ => true,
    };

    private bool Shows(PeerId peer, Vote vote) => standing.TryGetValue(peer, out var theirs)
        && theirs.Shows(vote, head.State.Validators.IndexOf(vote.Validator));

    private bool IsFresh(WireMessage.Status theirs)
    {
        var here = (agreement.Height, agreement.State.Round);
        if (place != here)
            (place, sinceMs) = (here, clock.NowMs);
        return clock.NowMs < sinceMs + GossipLimits.FreshMs
            && (theirs.Height + 1 == here.Height || (theirs.Height, theirs.Round) == here);
    }

    private int ScoreOf(PeerId peer) => book.Scores.ScoreOf(peer, clock.WallClockMs);
}
