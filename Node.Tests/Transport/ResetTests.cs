using System.Net;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>A node that has forgotten its connections says so, and nobody else can say it in its name.</summary>
public class ResetTests
{
    private static readonly IPEndPoint Stranger = new(new IPAddress([10, 9, 9, 9]), 1);

    [Test]
    public void A_peer_that_restarted_is_noticed_in_one_round_trip()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        network.Run(1_000_000);
        network.Remove(b);
        network.Add(2);

        a.Send(b, MessageClass.Vote, new byte[100]);
        network.Run(2 * network.Faults.DelayUs);

        Assert.That(a.Events[^1], Is.EqualTo(new NetEvent.PeerDown(b.Id, CloseReason.Forgotten, ByPeer: true)));
    }

    // Attack 18.
    [Test]
    public void A_reset_with_another_token_or_of_another_connection_is_ignored()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        a.Send(b, MessageClass.Vote, [1]);
        network.Run(1_000_000);
        var data = network.Sent.Last(sent => sent.To.Equals(b.Address) && PacketType.IsData(sent.Bytes[0])).Bytes;
        using var other = Some.Key(77);
        var forged = new byte[ResetPacket.Bytes];
        ResetPacket.Write(forged, DataPacket.ConnectionId(data), new(other));
        var elsewhere = new byte[ResetPacket.Bytes];
        using var key = Some.Key(2);
        ResetPacket.Write(elsewhere, DataPacket.ConnectionId(data) + 1, new(key));

        a.Endpoint.OnDatagram(network.NowUs, b.Address, forged);
        a.Endpoint.OnDatagram(network.NowUs, b.Address, elsewhere);

        Assert.That(a.Statistics.Dropped(DropReason.UnknownConnection), Is.EqualTo(2));
        network.Run(1_000_000);
        Assert.That(a.IsConnected(b) && b.IsConnected(a));
    }

    // Attack 18.
    [Test]
    public void A_reset_of_a_connection_that_is_gone_ends_no_later_one()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        network.Remove(b);
        var again = network.Add(2);
        a.Send(b, MessageClass.Vote, new byte[100]);
        network.Run(1_000_000);
        var reset = network.Sent.Last(sent => sent.Bytes[0] == PacketType.Reset).Bytes;
        a.Connect(again);
        network.Run(1_000_000);
        var before = a.Events.Count;

        network.Inject(b.Address, a.Address, reset);
        network.Run(1_000_000);

        Assert.That(a.IsConnected(again) && a.Events.Count == before);
    }

    // Attack 18.
    [Test]
    public void Resets_are_rare_and_shorter_than_what_provokes_them()
    {
        using var network = new VirtualNetwork(1);
        var a = network.Add(1);
        byte[] data = [PacketType.Data, 1, 2, 3, 4, .. new byte[100]];

        for (var i = 0; i < 1_000; i++)
            a.Endpoint.OnDatagram(network.NowUs, Stranger, data);
        var replies = 0;
        for (; a.Endpoint.TryTransmit(network.NowUs, out var reply); replies++)
            Assert.That(reply.Bytes.Length, Is.EqualTo(ResetPacket.Bytes));
        Assert.That(replies, Is.EqualTo(TransportLimits.ResetsPerHostPerSecond));

        for (var i = 0; i < 1_000; i++)
        {
            var host = new IPAddress([11, (byte)(i / 256), (byte)(i % 256), 1]);
            a.Endpoint.OnDatagram(network.NowUs, new(host, 1), data);
        }
        a.Endpoint.OnDatagram(network.NowUs, Stranger, data.AsSpan(0, TransportLimits.ResetProvokedByBytes - 1));
        for (; a.Endpoint.TryTransmit(network.NowUs, out _); replies++)
        {
        }
        Assert.That(replies, Is.EqualTo(TransportLimits.ResetsPerSecond));
    }
}
