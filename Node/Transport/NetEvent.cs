using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>What the transport tells the layer above.</summary>
internal abstract record NetEvent
{
    private NetEvent()
    {
    }

    /// <summary>Both sides have proved who they are and know it; messages can be sent.</summary>
    internal sealed record PeerUp(PeerId Peer, IPEndPoint Address, bool Inbound) : NetEvent;

    /// <summary>The connection is gone, <paramref name="ByPeer"/> tells by whose wish. Unsent messages are
    /// lost.</summary>
    internal sealed record PeerDown(PeerId Peer, CloseReason Reason, bool ByPeer) : NetEvent;

    /// <summary>Nobody who can prove to be <paramref name="Peer"/> answered at this address.</summary>
    internal sealed record Unreachable(PeerId Peer, IPEndPoint Address) : NetEvent;

    /// <summary>The peer has proved to receive at another address, and is reached there now.</summary>
    internal sealed record PeerMoved(PeerId Peer, IPEndPoint Address) : NetEvent;

    /// <summary>A peer that we called, or that saw our address change, sees us at this address. A claim, worth no more
    /// than the one who makes it.</summary>
    internal sealed record AddressObserved(PeerId By, IPEndPoint Address) : NetEvent;

    /// <summary>A whole message, exactly once in the life of a connection, in any order.</summary>
    internal sealed record Received(PeerId Peer, MessageClass Class, byte[] Message) : NetEvent
    {
        /// <summary>Our id of the connection: one that came after it owes its sender nothing.</summary>
        internal uint Connection { get; init; }
    }
}

/// <summary>Why a connection ended. The numbers travel in CLOSE frames and never change.</summary>
internal enum CloseReason : ushort
{
    /// <summary>The node stops, or needs this peer no longer.</summary>
    Goodbye = 0,

    /// <summary>A packet that only its key holder can have made breaks the rules of the transport.</summary>
    ProtocolError = 1,

    /// <summary>The layer above saw invalid content.</summary>
    Misbehaviour = 2,

    /// <summary>No room for another peer.</summary>
    TooManyPeers = 3,

    /// <summary>Nothing valid arrived for too long. Never sent.</summary>
    Idle = 4,

    /// <summary>The same peer completed a newer handshake, for instance after a restart. Never sent.</summary>
    Replaced = 5,

    /// <summary>The peer knows nothing of the connection any more. Never sent.</summary>
    Forgotten = 6,

    /// <summary>The peer does not take the votes that it is sent.</summary>
    TooSlow = 7,

    /// <summary>The peer began more messages than it was granted.</summary>
    OverCredit = 8,
}
