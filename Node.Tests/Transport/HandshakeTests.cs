using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>How two peers find each other, and how everybody else fails to.</summary>
public class HandshakeTests
{
    private const long Minute = 60_000_000;

    [Test]
    public void Both_sides_learn_who_the_other_is()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();

        Assert.That(a.Events, Is.EqualTo(new NetEvent[]
        {
            new NetEvent.PeerUp(b.Id, b.Address, Inbound: false),
            new NetEvent.AddressObserved(b.Id, a.Address),
        }));
        Assert.That(b.Events, Is.EqualTo(new NetEvent[] { new NetEvent.PeerUp(a.Id, a.Address, Inbound: true) }));
    }

    [Test]
    public void A_handshake_survives_loss_duplication_and_corruption([Range(1, 30)] int seed)
    {
        var faults = new Faults { Loss = 150, Duplication = 200, Corruption = 50, JitterUs = 30_000 };
        using var network = new VirtualNetwork(seed, faults);
        var (a, b) = (network.Add(1), network.Add(2));

        // A call that fails is repeated, as the layer above does.
        var connected = network.RunUntil(() => a.IsConnected(b) && b.IsConnected(a) || a.Connect(b) && false, Minute);

        Assert.That(connected, $"seed {seed}");
    }

    [Test]
    public void Nothing_is_answered_across_networks()
    {
        Assert.That(AnswersAcrossNetworks(PlantedBug.None), Is.Zero);
        Assert.That(AnswersAcrossNetworks(PlantedBug.NoNetworkTag), Is.Zero, "the prologue also tells networks apart");
    }

    [Test]
    public void A_wrong_network_is_refused_before_any_curve_operation()
    {
        Assert.That(RefusedByTag(PlantedBug.None), Is.Positive);
        Assert.That(RefusedByTag(PlantedBug.NoNetworkTag), Is.Zero, "the planted bug must be noticed");
    }

    [Test]
    public void Who_calls_the_wrong_id_gets_silence_and_hears_of_it()
    {
        using var network = new VirtualNetwork(1);
        var (a, b, c) = (network.Add(1), network.Add(2), network.Add(3));

        a.Endpoint.Connect(network.NowUs, c.Id, b.Address);
        network.Run(Minute);

        Assert.That(b.Statistics.DatagramsOut, Is.Zero);
        Assert.That(b.Statistics.Dropped(DropReason.WrongMac), Is.EqualTo(TransportLimits.HandshakeTriesMax));
        Assert.That(a.Events, Is.EqualTo(new NetEvent[] { new NetEvent.Unreachable(c.Id, b.Address) }));
    }

    [Test]
    public void An_id_that_is_no_point_of_the_curve_cannot_be_called()
    {
        using var network = new VirtualNetwork(1);
        var noPoint = new PeerId(PublicKey.From(Enumerable.Repeat((byte)0xFF, 32).ToArray()));

        Assert.That(network.Add(1).Endpoint.Connect(network.NowUs, noPoint, new(IPAddress.Loopback, 1)), Is.False);
    }

    [Test]
    public void A_repeated_init_gets_the_same_answer_byte_for_byte()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = (network.Add(1), network.Add(2));
        network.Passes = (_, to, _) => !to.Equals(a.Address);
        a.Connect(b);
        network.Run(600_000);

        var answers = network.Sent.FindAll(sent => sent.Bytes[0] == PacketType.Resp)
            .ConvertAll(sent => Convert.ToHexString(sent.Bytes));

        Assert.That(answers, Has.Count.GreaterThan(1));
        Assert.That(answers.Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void Two_peers_that_call_each_other_at_once_share_one_working_connection([Range(1, 100)] int seed)
    {
        var faults = new Faults { Loss = seed % 3 * 100, Duplication = 100, DelayUs = 5_000, JitterUs = 20_000 };
        using var network = new VirtualNetwork(seed, faults);
        var (a, b) = (network.Add(1), network.Add(2));
        a.Connect(b);
        network.Run(seed % 7 * 4_000);
        b.Connect(a);
        network.Run(20_000_000);
        if (!a.IsConnected(b) && !b.IsConnected(a))
            Assert.That(a.Connect(b), "a handshake lost to bad luck can be tried again");
        network.Run(20_000_000);

        a.Send(b, MessageClass.Chain, [1]);
        b.Send(a, MessageClass.Chain, [2]);
        network.Run(20_000_000);

        Assert.That(b.Received.ConvertAll(r => r.Message[0]), Is.EqualTo(new byte[] { 1 }), $"seed {seed}");
        Assert.That(a.Received.ConvertAll(r => r.Message[0]), Is.EqualTo(new byte[] { 2 }), $"seed {seed}");
        Assert.That((a.Statistics.Peers.Length, b.Statistics.Peers.Length), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Without_loss_a_crossed_call_ends_in_exactly_one_peer_up_on_each_side([Range(0, 12)] int step)
    {
        using var network = new VirtualNetwork(step);
        var (a, b) = (network.Add(1), network.Add(2));
        a.Connect(b);
        network.Run(step * 2_500);
        b.Connect(a);
        network.Run(10_000_000);

        foreach (var node in (VirtualNode[])[a, b])
        {
            Assert.That(node.Events.OfType<NetEvent.PeerUp>().Count(), Is.EqualTo(1));
            Assert.That(node.Events, Has.None.InstanceOf<NetEvent.PeerDown>());
            Assert.That(node.Events, Has.None.InstanceOf<NetEvent.Unreachable>());
        }
    }

    [Test]
    public void A_restarted_peer_replaces_its_old_connection()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        network.Run(1_000_000);
        network.Remove(a);

        var again = network.Add(1);
        again.Connect(b);
        network.Run(1_000_000);
        b.Send(again, MessageClass.Vote, [7]);
        network.Run(1_000_000);

        Assert.That(b.Events[1..3], Is.EqualTo(new NetEvent[]
        {
            new NetEvent.PeerDown(a.Id, CloseReason.Replaced, ByPeer: false),
            new NetEvent.PeerUp(a.Id, a.Address, Inbound: true),
        }));
        Assert.That(again.Received, Has.Count.EqualTo(1));
    }

    private static long AnswersAcrossNetworks(PlantedBug bugs) => AcrossNetworks(bugs).DatagramsOut;

    private static long RefusedByTag(PlantedBug bugs) => AcrossNetworks(bugs).Dropped(DropReason.WrongNetwork);

    private static TransportStatistics AcrossNetworks(PlantedBug bugs)
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = (network.Add(1, network: 1), network.Add(2, network: 2, bugs));
        a.Connect(b);
        network.Run(Minute);
        return b.Statistics;
    }
}
