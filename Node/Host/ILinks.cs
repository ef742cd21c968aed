using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Transport;

namespace Ledger.Node.Host;

/// <summary>
/// The way to other peers: the socket of this machine, or the simulator's network. Nothing is promised but that what
/// arrives came from the peer it names; what happens comes back as a <see cref="NetEvent"/>.
/// </summary>
internal interface ILinks
{
    void Send(PeerId to, MessageClass urgency, byte[] message);

    void Connect(PeerId peer, IPEndPoint address);

    /// <summary>Makes our own address translator expect datagrams from there; nobody there notices.</summary>
    void Knock(IPEndPoint address);

    void Disconnect(PeerId peer, CloseReason reason);
}
