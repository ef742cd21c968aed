using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>What a peer may send before the layer above has dealt with what it sent before.</summary>
public class CreditTests
{
    private const long Second = 1_000_000, Minute = 60 * Second;

    [Test]
    public void Of_messages_that_nobody_deals_with_no_more_arrive_than_was_granted(
        [Values(0, 1_000, 100_000)] int length)
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        b.Consumes = false;

        SendAll(network, a, b, length, cost: 2 * TransportLimits.CreditBytes);

        Assert.That(CostOf(b.Received), Is.LessThanOrEqualTo(TransportLimits.CreditBytes)
            .And.GreaterThan(TransportLimits.CreditBytes - 2 * Credit.CostOf(length)));
        Assert.That(a.IsConnected(b), "to be slow is no fault");
    }

    [Test]
    public void What_was_held_back_arrives_when_the_rest_was_dealt_with_even_if_the_first_word_of_it_is_lost()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        b.Consumes = false;
        var message = MessageTests.Bytes(TransportLimits.MessageBytesMax);
        a.Send(b, MessageClass.Chain, message);
        a.Send(b, MessageClass.Chain, message);
        network.RunUntil(() => b.Received.Count == 2, Minute);
        a.Send(b, MessageClass.Chain, message);
        Assert.That(network.RunUntil(() => b.Received.Count == 3, Minute), Is.False);

        network.Passes = (from, _, _) => !from.Equals(b.Address);
        b.ConsumeAll();
        network.Run(Second);
        network.Passes = (_, _, _) => true;

        Assert.That(network.RunUntil(() => b.Received.Count == 3, Minute));
    }

    [Test]
    public void The_longest_messages_follow_each_other_where_each_is_dealt_with()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        for (var sent = 0; sent < 20; sent++)
            network.RunUntil(() => a.Send(b, MessageClass.Chain, new byte[TransportLimits.MessageBytesMax]), Minute);

        Assert.That(network.RunUntil(() => b.Received.Count == 20, Minute));
    }

    [Test]
    public void Votes_and_blobs_pass_a_peer_that_deals_with_nothing_else()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        b.Consumes = false;
        SendAll(network, a, b, 10_000, cost: 2 * TransportLimits.CreditBytes);
        var before = b.Received.Count;

        a.Send(b, MessageClass.Vote, [1]);
        a.Send(b, MessageClass.Blob, new byte[1 << 20]);

        Assert.That(network.RunUntil(() => b.Received.Count == before + 2, Second));
    }

    [Test]
    public void Who_sends_more_than_it_was_granted_is_disconnected_for_that_reason()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair(PlantedBug.NoCredit);
        b.Consumes = false;

        SendAll(network, a, b, 100_000, cost: 2 * TransportLimits.CreditBytes);

        Assert.That(b.Events[^1], Is.EqualTo(new NetEvent.PeerDown(a.Id, CloseReason.OverCredit, ByPeer: false)));
        Assert.That(a.Events[^1], Is.EqualTo(new NetEvent.PeerDown(b.Id, CloseReason.OverCredit, ByPeer: true)));
        Assert.That(CostOf(b.Received), Is.LessThanOrEqualTo(TransportLimits.CreditBytes));
    }

    // The first part of each is enough to be charged: the rest may never come.
    [Test]
    public void Messages_that_are_only_begun_count_whole()
    {
        using var network = new VirtualNetwork(1);
        using var cheat = new Cheat(network, network.Add(1));
        for (var id = 0; id < 3; id++)
            cheat.Say(FirstPart(id));

        Assert.That(cheat.Events[^1],
            Is.EqualTo(new NetEvent.PeerDown(cheat.Id, CloseReason.OverCredit, ByPeer: false)));
    }

    [Test]
    public void A_part_that_comes_twice_is_charged_once()
    {
        using var network = new VirtualNetwork(1);
        using var cheat = new Cheat(network, network.Add(1));
        for (var i = 0; i < 10; i++)
            cheat.Say(FirstPart(0));

        Assert.That(cheat.Events, Is.Empty);
    }

    [Test]
    public void A_grant_that_was_overtaken_takes_nothing_back()
    {
        var credit = new SendCredit();
        credit.Raise(3 * TransportLimits.CreditBytes);
        credit.Raise(TransportLimits.CreditBytes);
        credit.Spend(2 * TransportLimits.CreditBytes);

        Assert.That(credit.Covers(TransportLimits.MessageBytesMax / 2));
    }

    // Otherwise whoever calls again and again is granted more each time.
    [Test]
    public void What_an_earlier_connection_brought_is_not_credited_to_the_next()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        b.Consumes = false;
        SendAll(network, a, b, 100_000, cost: TransportLimits.CreditBytes);
        var early = b.Received;
        a.Endpoint.Disconnect(network.NowUs, b.Id, CloseReason.Goodbye);
        network.Run(Second);
        a.Connect(b);
        network.RunUntil(() => a.IsConnected(b) && b.IsConnected(a), Minute);
        b.Events.Clear();

        early.ForEach(b.Endpoint.Consume);
        SendAll(network, a, b, 100_000, cost: 2 * TransportLimits.CreditBytes);

        Assert.That(CostOf(b.Received), Is.LessThanOrEqualTo(TransportLimits.CreditBytes));
    }

    [Test]
    public void A_window_frame_is_these_bytes()
    {
        var target = new byte[16];
        var writer = new PacketWriter(target);
        new WindowFrame(MessageClass.Chain, 0x1234567).Write(ref writer);

        Assert.That(Convert.ToHexString(target.AsSpan(0, writer.Length)), Is.EqualTo("04" + "01" + "81234567"));
    }

    private static void SendAll(VirtualNetwork network, VirtualNode a, VirtualNode b, int length, long cost)
    {
        var message = new byte[length];
        for (var left = cost; left > 0 && a.IsConnected(b); left -= Credit.CostOf(length))
            if (!network.RunUntil(() => !a.IsConnected(b) || a.Send(b, MessageClass.Chain, message), Second))
                break;
        network.Run(Second);
    }

    private static long CostOf(List<NetEvent.Received> received) => received.Sum(r => Credit.CostOf(r.Message.Length));

    private static byte[] FirstPart(int id)
    {
        var target = new byte[64];
        var writer = new PacketWriter(target);
        new MessageFrame
        {
            Class = MessageClass.Chain,
            IsPart = true,
            Id = id,
            Offset = 0,
            Total = TransportLimits.MessageBytesMax,
            Data = [1],
        }.Write(ref writer);
        return target[..writer.Length];
    }
}
