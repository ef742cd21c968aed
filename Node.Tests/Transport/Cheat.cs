using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>A peer that completes the handshake as it should and then sends what it likes.</summary>
internal sealed class Cheat : IDisposable
{
    internal static readonly IPEndPoint Home = new(new IPAddress([10, 66, 6, 6]), 666);

    private readonly VirtualNetwork network;
    private readonly VirtualNode victim;
    private readonly SecretKey key = Some.Key(66);
    private readonly ConnectionTerms terms;
    private readonly PacketCipher opener;
    private PacketCipher sealer;
    private int heard;

    internal Cheat(VirtualNetwork network, VirtualNode victim)
    {
        (this.network, this.victim) = (network, victim);
        var random = new Random(66);
        var options = new EndpointOptions
        {
            Key = key,
            Network = Some.Digest(VirtualNetwork.Network),
            Random = random.NextBytes,
        };
        using var dial = Dial.Begin(new(victim.Id, victim.Address, 7, options, new(key)), network.NowUs)!;
        dial.TryTransmit(network.NowUs, out var init);
        victim.Endpoint.OnDatagram(network.NowUs, Home, init.Bytes.Span);
        terms = dial.OnResp(network.NowUs, Hear().Single().Packet)!;
        dial.TryTransmit(network.NowUs, out var fin);
        victim.Endpoint.OnDatagram(network.NowUs, Home, fin.Bytes.Span);
        (sealer, opener) = (new(terms.Keys.Send, terms.Agreed), new(terms.Keys.Receive, terms.Agreed));
        Say(FrameType.Ping);
        Listen();
        victim.Events.Clear();
    }

    internal PeerId Id => new(key.PublicKey);

    /// <summary>The number of the next packet.</summary>
    internal long Number { get; set; }

    internal bool Phase { get; private set; }

    /// <summary>What the victim has told the layer above.</summary>
    internal List<NetEvent> Events
    {
        get
        {
            while (victim.Endpoint.TryTake(out var happened))
                victim.Events.Add(happened);
            return victim.Events;
        }
    }

    internal bool IsClosed =>
        Events.Contains(new NetEvent.PeerDown(Id, CloseReason.ProtocolError, ByPeer: false));

    internal void RenewKey() => (sealer, Phase) = (sealer.Next(), !Phase);

    internal byte[] Seal(params byte[] frames) => SealWith(sealer, Number++, frames);

    internal byte[] SealWith(PacketCipher cipher, long number, byte[] frames, byte type = 0)
    {
        var packet = new byte[DataPacket.HeaderBytes + frames.Length + DataPacket.TagBytes];
        DataPacket.WriteHeader(packet, terms.PeerConnectionId, number, Phase);
        packet[0] |= type;
        frames.CopyTo(packet, DataPacket.HeaderBytes);
        cipher.Seal(packet, number);
        return packet;
    }

    internal PacketCipher Sealer => sealer;

    internal void Say(params byte[] frames) => SayFrom(Home, frames);

    internal void SayFrom(IPEndPoint from, params byte[] frames) =>
        victim.Endpoint.OnDatagram(network.NowUs, from, Seal(frames));

    /// <summary>The frames of what the victim sends, with the address that it sends them to.</summary>
    internal List<(IPEndPoint To, long Number, byte[] Frames)> Listen()
    {
        var opened = new List<(IPEndPoint, long, byte[])>();
        foreach (var (to, packet) in Hear())
        {
            var frames = new byte[packet.Length - DataPacket.HeaderBytes - DataPacket.TagBytes];
            var number = DataPacket.Number(packet, 0);
            if (opener.TryOpen(packet, number, frames))
                opened.Add((to, number, frames));
        }
        return opened;
    }

    public void Dispose()
    {
        sealer.Dispose();
        opener.Dispose();
        key.Dispose();
    }

    private List<(IPEndPoint To, byte[] Packet)> Hear()
    {
        victim.Flush();
        var packets = network.Sent.Skip(heard).Where(sent => sent.From.Equals(victim.Address))
            .Select(sent => (sent.To, sent.Bytes)).ToList();
        heard = network.Sent.Count;
        return packets;
    }
}
