using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Host;
using Ledger.Node.Transport;

namespace Ledger.Node.Simulation;

/// <summary>Links over which one kind of message, by its number on the wire, is never sent: a planted bug.</summary>
internal sealed class MutedLinks(Network.Port port, byte kind) : ILinks
{
    public void Send(PeerId to, MessageClass urgency, byte[] message)
    {
        if (message[1] != kind)
            port.Send(to, urgency, message);
    }

    public void Connect(PeerId peer, IPEndPoint address) => port.Connect(peer, address);

    public void Knock(IPEndPoint address) => port.Knock(address);

    public void Disconnect(PeerId peer, CloseReason reason) => port.Disconnect(peer, reason);
}
