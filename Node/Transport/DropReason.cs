namespace Ledger.Node.Transport;

/// <summary>Why a datagram had no effect; each reason has a counter. Anyone can send such datagrams under any name,
/// so that none of them ever closes a connection or counts against a peer.</summary>
internal enum DropReason
{
    None = 0,
    Malformed,
    UnknownType,
    WrongVersion,
    WrongNetwork,
    WrongMac,
    RateLimited,
    ConnectionsFull,
    UnknownConnection,
    HandshakeFailed,
    CrossedDial,
    Replayed,
    WrongTag,
    OldKey,
}
