using System.Net;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Node.Host;
using Ledger.Node.Overlay;
using Ledger.Node.Transport;

namespace Ledger.Node.Simulation;

/// <summary>
/// What makes a node dishonest: it stands between a whole, honest replica and its links, and changes, adds or holds
/// back what passes. It has the replica's key, but nobody else's.
/// </summary>
internal abstract class Actor : ILinks
{
    private const ulong TickMs = 100;

    protected SimulatedNode Node { get; private set; } = null!;

    protected SecretKey Key { get; private set; } = null!;

    protected Dice Dice { get; private set; } = null!;

    protected Network.Port Port { get; private set; } = null!;

    /// <summary>The rules of agreement that it keeps.</summary>
    internal virtual Guards Guards => new();

    protected Digest ChainId => Node.Replica!.Head.State.ChainId;

    protected IReadOnlyList<PeerId> Peers => [.. Port.Connections.Keys];

    internal static Actor? Of(FaultKind kind) => kind switch
    {
        FaultKind.Equivocator => new Equivocator(),
        FaultKind.Withholder => new Withholder(),
        FaultKind.Replayer => new Replayer(),
        FaultKind.Flooder => new Flooder(),
        FaultKind.Amnesiac => new Amnesiac(),
        FaultKind.Twins => new Twin(),
        FaultKind.Boaster => new Boaster(),
        FaultKind.Forger => new Forger(),
        FaultKind.Reproposer => new Reproposer(),
        FaultKind.Straggler => new Straggler(),
        _ => null,
    };

    internal void Attach(SimulatedNode node, Network.Port port, SecretKey key, Dice dice) =>
        (Node, Port, Key, Dice) = (node, port, key, dice);

    /// <summary>Its process has begun.</summary>
    internal void Begin() => Node.Clock.Every(TickMs, Tick);

    /// <summary>What the replica is to hear of it: never what was signed by its own key elsewhere.</summary>
    internal virtual NetEvent? Hear(NetEvent happened)
    {
        if (happened is not NetEvent.Received received || !WireCodec.TryDecode(received.Message, out var message)
            || !SignersOf(message).Contains(Node.Self))
            return happened;
        var others = message is WireMessage.Ballots several
            ? VoteRelay.OfVotes(several.List.Where(v => v.Vote.Validator != Node.Self)).SingleOrDefault()
            : null;
        return others is null ? null : received with { Message = WireCodec.Encode(others) };
    }

    public virtual void Send(PeerId to, MessageClass urgency, byte[] message)
    {
        if (!WireCodec.TryDecode(message, out var decoded))
            return;
        switch (decoded)
        {
            case WireMessage.Ballot own when own.Vote.Vote.Validator == Node.Self:
                SendOwn(to, own);
                break;
            case WireMessage.Ballots several:
                foreach (var own in several.List.Where(v => v.Vote.Validator == Node.Self))
                    SendOwn(to, new WireMessage.Ballot(own));
                foreach (var part in VoteRelay.OfVotes(several.List.Where(v => v.Vote.Validator != Node.Self)))
                    Pass(to, part);
                break;
            case WireMessage.Offer own when own.Proposal.Proposal.Proposer == Node.Self:
                SendOwn(to, own);
                break;
            default:
                Pass(to, decoded);
                break;
        }
    }

    public void Connect(PeerId peer, IPEndPoint address) => Port.Connect(peer, address);

    public void Knock(IPEndPoint address) => Port.Knock(address);

    public void Disconnect(PeerId peer, CloseReason reason) => Port.Disconnect(peer, reason);

    protected virtual void SendOwn(PeerId to, WireMessage.Ballot own) => Pass(to, own);

    protected virtual void SendOwn(PeerId to, WireMessage.Offer own) => Pass(to, own);

    /// <summary>Lets a message out.</summary>
    protected virtual void Pass(PeerId to, WireMessage message)
    {
        var bytes = WireCodec.Encode(message);
        Port.Send(to, (MessageClass)WireCodec.ClassOf(message, bytes.Length), bytes);
    }

    /// <summary>Happens ten times a second.</summary>
    protected virtual void Tick()
    {
    }

    protected WireMessage.Ballot Sign(Vote vote) => new(new(vote, Key.Sign(vote.SigningDigest(ChainId))));

    protected WireMessage.Offer Sign(Proposal offer, Block block)
    {
        var named = offer with { Block = block.Id };
        return new(new(named, Key.Sign(named.SigningDigest(ChainId)), block));
    }

    private static IEnumerable<Address> SignersOf(WireMessage message) => message is WireMessage.Offer offer
        ? [offer.Proposal.Proposal.Proposer]
        : message.Votes.Select(v => v.Vote.Validator);
}
