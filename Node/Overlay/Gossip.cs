using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// What is said to whom (GossipSub with our own additions). Own votes and small proposals go to every peer at once, own
/// transactions to a mesh of a few. What others have signed is gathered for a moment and passed on once, within the
/// mesh and never to who is known to have it: votes as they are, all else by its digest, for those to ask who lack it.
/// What is lost all the same comes with the repair of votes.
/// </summary>
internal sealed class Gossip
{
    private readonly SplitMix64 random;
    private readonly Mesh mesh;
    private readonly VoteRelay votes = new();
    private readonly SeenCache seen = new();
    private readonly Offers offers;
    private ulong heartbeatMs;

    internal Gossip(ulong seed)
    {
        offers = new(seen);
        random = new(seed);
        mesh = new(random);
    }

    /// <summary>Those to whom what others say is passed on.</summary>
    internal IReadOnlyCollection<PeerId> MeshPeers => mesh.Members;

    internal IEnumerable<PeerId> Others => mesh.Peers.Where(peer => !mesh.Contains(peer));

    internal List<OverlayEffect> Joined(PeerId peer, bool dialled) => mesh.Joined(peer, dialled);

    internal void Left(PeerId peer)
    {
        mesh.Left(peer);
        offers.Left(peer);
    }

    /// <summary>What this node itself has to say, and to whom.</summary>
    internal IEnumerable<Saying> Publish(WireMessage message, ulong nowMs) => message switch
    {
        WireMessage.Ballot => [new(mesh.Peers, message)],
        WireMessage.Offer offer => Propose(offer, nowMs),
        WireMessage.Transactions { List: var list } => Hand(list, nowMs),
        _ => [new(mesh.Members, message)],
    };

    /// <summary>What another has said, and is good: it waits for <see cref="Flush"/>.</summary>
    internal void Relay(WireMessage message, PeerId from, ulong nowMs)
    {
        switch (message)
        {
            case WireMessage.Ballot ballot:
                votes.Add(ballot.Vote, from);
                break;
            case WireMessage.Offer offer:
                offers.Keep(offer, offer.Proposal.Encoded, [from], nowMs);
                break;
            case WireMessage.Transactions transactions:
                Keep(transactions.List, [from], nowMs);
                break;
        }
    }

    /// <summary>A peer has sent a vote, so that it need not be sent to it.</summary>
    internal void Heard(PeerId from, SignedVote vote) => votes.Heard(vote, from);

    /// <summary>What has waited goes out; votes only as far as they are of this height.</summary>
    internal IEnumerable<OverlayEffect.Send> Flush(ulong height, Func<PeerId, Vote, bool> shows) =>
        [.. offers.TellAtOnce(mesh.Members), .. votes.Flush(height, mesh.Members, shows)];

    /// <summary>Whether something with this digest comes for the first time; it has come from now on.</summary>
    internal bool IsNew(Digest id, ulong nowMs) => seen.TryAdd(id, nowMs);

    /// <summary>
    /// Something has come that others may offer too, a proposal or a transaction with this digest: what to tell those.
    /// </summary>
    internal List<OverlayEffect> Arrived(PeerId from, Digest id) => offers.Arrived(from, id);

    /// <summary>What a peer is sent that asks for messages it was told of.</summary>
    internal IEnumerable<WireMessage> Wanted(PeerId from, WireMessage.IWant want) => offers.Wanted(from, want.Ids);

    /// <summary>What else a peer says about the passing on of messages.</summary>
    internal List<OverlayEffect> Receive(
        PeerId from, WireMessage.OfGossip message, Func<PeerId, int> scoreOf, ulong nowMs)
    {
        switch (message)
        {
            case WireMessage.IHave have:
                return offers.Offered(from, have.Ids, nowMs);
            case WireMessage.IDontWant known:
                foreach (var id in known.Ids)
                    offers.Unwanted(from, id);
                break;
            case WireMessage.Graft:
                return mesh.Grafted(from, scoreOf, nowMs);
            case WireMessage.Prune prune:
                mesh.Pruned(from, prune.BackoffMs, nowMs);
                break;
        }
        return [];
    }

    /// <summary>Tends the mesh, tells some others of what is new, and asks again for what did not come.</summary>
    internal List<OverlayEffect> Tick(Func<PeerId, int> scoreOf, ulong nowMs)
    {
        if (nowMs < heartbeatMs)
            return [];
        heartbeatMs = nowMs + GossipLimits.HeartbeatMs;
        return [.. mesh.Tend(scoreOf, nowMs), .. TellOthers(), .. offers.Tick(nowMs)];
    }

    // A large one goes to the mesh, and all others hear at once that it is here.
    private IEnumerable<Saying> Propose(WireMessage.Offer offer, ulong nowMs)
    {
        var encoded = offer.Proposal.Encoded;
        offers.Keep(offer, encoded, mesh.Peers, nowMs);
        if (encoded.Length <= GossipLimits.EagerBytesMax)
            return [new(mesh.Peers, offer)];
        var others = Others.ToList();
        return [new(mesh.Members, offer), new(others, new WireMessage.IHave([Digest.OfBytes(encoded)]))];
    }

    private IEnumerable<Saying> Hand(ImmutableArray<SignedTransaction> list, ulong nowMs)
    {
        var isSmall = list.Sum(t => t.Encoded.Length) <= GossipLimits.EagerBytesMax;
        Keep(list, isSmall ? mesh.Members : [], nowMs);
        return isSmall ? [new(mesh.Members, new WireMessage.Transactions(list))] : [];
    }

    private void Keep(ImmutableArray<SignedTransaction> list, IReadOnlyCollection<PeerId> toldTo, ulong nowMs)
    {
        foreach (var transaction in list)
            offers.Keep(new WireMessage.Transactions([transaction]), transaction.Encoded, toldTo, nowMs);
    }

    private List<OverlayEffect.Send> TellOthers()
    {
        var others = Others.Select(p => (Peer: p, Luck: random.Next())).ToList();
        return offers.TellLate(others.OrderBy(o => o.Luck)
            .Take(Math.Max(GossipLimits.LazyMin, others.Count / GossipLimits.LazyShare)).Select(o => o.Peer));
    }

    /// <summary>A message and those to whom it goes.</summary>
    internal sealed record Saying(IReadOnlyCollection<PeerId> To, WireMessage Message);
}
