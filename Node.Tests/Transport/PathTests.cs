using System.Net;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>Paths that change: other addresses, NATs, sizes, clocks.</summary>
public class PathTests
{
    private const long Second = 1_000_000, Minute = 60 * Second;

    // Attack 28.
    [Test]
    public void A_nat_that_forgets_us_costs_one_round_trip()
    {
        using var network = new VirtualNetwork(1);
        var (home, server) = NattedPair(network, NatKind.PortRestricted);
        var before = server.Statistics.Peers.Single().Address;
        home.Nat!.Forget();

        home.Send(server, MessageClass.Vote, [1]);
        network.Run(3 * network.Faults.DelayUs);
        server.Send(home, MessageClass.Vote, [2]);
        network.Run(3 * network.Faults.DelayUs);

        var after = server.Statistics.Peers.Single().Address;
        Assert.That(after, Is.Not.EqualTo(before));
        Assert.That(server.Events, Has.Member(new NetEvent.PeerMoved(home.Id, after)));
        Assert.That(home.Events, Has.Member(new NetEvent.AddressObserved(server.Id, after)));
        Assert.That(home.Received.Single().Message, Is.EqualTo(new byte[] { 2 }));
    }

    // Attack 28.
    [Test]
    public void Keep_alive_holds_a_mapping_of_thirty_seconds([Values] NatKind kind)
    {
        using var network = new VirtualNetwork(1);
        var (home, server) = NattedPair(network, kind);
        network.Run(10 * Minute);

        server.Send(home, MessageClass.Vote, [1]);
        network.Run(Second);

        Assert.That(home.Received, Has.Count.EqualTo(1));
        Assert.That(server.Events, Has.None.InstanceOf<NetEvent.PeerDown>().And.None.InstanceOf<NetEvent.PeerMoved>());
    }

    // Attack 28: a pair that cannot be joined hears so, all others are joined by calling each other at the same time.
    [Test]
    public void Two_peers_behind_nats_reach_each_other_through_what_a_third_saw(
        [Values] NatKind one, [Values] NatKind two)
    {
        using var network = new VirtualNetwork(1);
        var server = network.Add(1);
        var (a, b) = (network.Add(2, behind: one), network.Add(3, behind: two));
        a.Connect(server);
        b.Connect(server);
        network.RunUntil(() => a.IsConnected(server) && b.IsConnected(server), Minute);
        IPEndPoint Seen(VirtualNode node) => node.Events.OfType<NetEvent.AddressObserved>().Single().Address;

        a.Endpoint.Connect(network.NowUs, b.Id, Seen(b));
        b.Endpoint.Connect(network.NowUs, a.Id, Seen(a));
        network.Run(Minute);

        var isHopeless = one == NatKind.Symmetric && two >= NatKind.PortRestricted
            || two == NatKind.Symmetric && one >= NatKind.PortRestricted;
        Assert.That(a.IsConnected(b) && b.IsConnected(a), Is.EqualTo(!isHopeless));
        Assert.That(a.Events.OfType<NetEvent.Unreachable>().Any(), Is.EqualTo(isHopeless));
    }

    // Attack 17.
    [Test]
    public void A_path_that_stops_carrying_large_packets_is_noticed_and_the_transfer_ends()
    {
        Assert.That(ArrivesThroughBlackHole(PlantedBug.None));
        Assert.That(ArrivesThroughBlackHole(PlantedBug.NoBlackHoleDetection), Is.False,
            "the planted bug must be noticed");
    }

    [TestCase(1_200, 1_472, 1_200)]
    [TestCase(1_399, 1_472, 1_200)]
    [TestCase(1_400, 1_472, 1_400)]
    [TestCase(1_460, 1_472, 1_452)]
    [TestCase(1_500, 1_472, 1_472)]
    [TestCase(9_000, 1_472, 1_472)]
    [TestCase(9_000, 8_972, 8_972)]
    public void The_largest_datagram_of_a_path_is_found(int carried, int allowed, int found)
    {
        using var network = new VirtualNetwork(1, new() { MtuBytes = carried });
        EndpointOptions Allowing(EndpointOptions options) => options with { DatagramBytesMax = allowed };
        var (a, b) = (network.Add(1, adjust: Allowing), network.Add(2, adjust: Allowing));
        a.Connect(b);
        network.Run(20 * Second);
        network.Sent.Clear();

        a.Send(b, MessageClass.Blob, new byte[1 << 20]);
        network.Run(20 * Second);

        Assert.That(b.Received, Has.Count.EqualTo(1));
        Assert.That(network.Sent.Where(sent => sent.From.Equals(a.Address)).Max(sent => sent.Bytes.Length),
            Is.EqualTo(found));
        Assert.That(a.Statistics.Peers[0].PacketsLost, Is.Zero, "a probe that is lost is no sign of congestion");
    }

    [Test]
    public void A_long_transfer_changes_keys_many_times_through_loss_and_disorder([Values] bool hasAes)
    {
        var faults = new Faults { Loss = 20, JitterUs = 5_000 };
        using var network = new VirtualNetwork(1, faults);
        var capabilities = hasAes ? PacketCipher.Supported : Capabilities.None;
        var a = network.Add(1, adjust: o => o with { KeyPacketsMax = 50, Capabilities = capabilities });
        var b = network.Add(2, adjust: o => o with { KeyPacketsMax = 50 });
        a.Connect(b);
        network.RunUntil(() => a.IsConnected(b), Minute);
        var phases = 0;
        var last = -1;
        network.Passes = (from, _, bytes) =>
        {
            if (from.Equals(a.Address) && PacketType.IsData(bytes[0]) && (bytes[0] & 0x20) != last)
                (last, phases) = (bytes[0] & 0x20, phases + 1);
            return true;
        };

        a.Send(b, MessageClass.Blob, MessageTests.Bytes(1 << 20));
        network.RunUntil(() => b.Received.Count > 0, 5 * Minute);

        Assert.That(b.Received.Single().Message, Is.EqualTo(MessageTests.Bytes(1 << 20)));
        Assert.That(phases, Is.GreaterThan(8));
        Assert.That(b.Statistics.Dropped(DropReason.WrongTag), Is.Zero);
    }

    // Attack 7.
    [Test]
    public void Two_calls_that_cross_make_one_session_in_three_round_trips([Values(0, 3_000, 12_000)] int apartUs)
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = (network.Add(1), network.Add(2));
        a.Connect(b);
        network.Run(apartUs);
        b.Connect(a);

        Assert.That(network.RunUntil(() => a.IsConnected(b) && b.IsConnected(a), 6 * network.Faults.DelayUs));
        network.Run(Minute);
        Assert.That((a.Statistics.Peers.Length, b.Statistics.Peers.Length), Is.EqualTo((1, 1)));
    }

    // Attack 29.
    [Test]
    public void A_clock_that_jumps_an_hour_back_is_not_felt()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        a.Send(b, MessageClass.Blob, MessageTests.Bytes(500_000));
        network.Run(50_000);
        a.ClockStepUs = -60 * Minute;
        network.RunUntil(() => b.Received.Count == 1, Minute);
        network.Run(10 * Minute);

        Assert.That(b.Received, Has.Count.EqualTo(1));
        Assert.That(a.Statistics.Peers[0].SmoothedRttUs, Is.InRange(10_000, 100_000));
        Assert.That(a.Events.Concat(b.Events), Has.None.InstanceOf<NetEvent.PeerDown>());
    }

    // Attack 29: a clock that jumps an hour ahead, or a process that was stopped for a minute.
    [TestCase(3_600)]
    [TestCase(60)]
    public void After_a_jump_ahead_the_peer_is_gone_and_comes_back(long seconds)
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        a.ClockStepUs = seconds * Second;
        for (var i = 0; i < 10_000; i++)
            a.Endpoint.OnTimer(network.NowUs + a.ClockStepUs);
        network.Run(Second);
        Assert.That(a.Events, Has.Member(new NetEvent.PeerDown(b.Id, CloseReason.Idle, ByPeer: false)));

        a.Connect(b);
        Assert.That(network.RunUntil(() => a.IsConnected(b) && b.IsConnected(a), Second));
        a.Send(b, MessageClass.Vote, [2]);
        network.Run(Second);
        Assert.That(b.Received[^1].Message, Is.EqualTo(new byte[] { 2 }));
    }

    private static bool ArrivesThroughBlackHole(PlantedBug bugs)
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair(bugs);
        network.Run(Minute);
        a.Send(b, MessageClass.Blob, new byte[1 << 20]);
        network.Run(30_000);
        network.Faults = network.Faults with { MtuBytes = 1_300 };
        return network.RunUntil(() => b.Received.Count > 0, 10 * Second);
    }

    private static (VirtualNode Home, VirtualNode Server) NattedPair(VirtualNetwork network, NatKind kind)
    {
        var (home, server) = (network.Add(1, behind: kind), network.Add(2));
        home.Connect(server);
        network.RunUntil(() => home.IsConnected(server) && server.IsConnected(home), Minute);
        return (home, server);
    }
}
