using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Host;
using Ledger.Node.Overlay;
using Ledger.Node.Simulation;
using Ledger.Node.Storage;
using Ledger.Node.Tests.Host;

namespace Ledger.Node.Tests.Simulation;

/// <summary>The host of a node on a clock, links and disks that are not those of this machine.</summary>
public class ReplicaTests
{
    [Test]
    public async Task Four_replicas_agree_on_virtual_time_with_lost_messages_wrong_clocks_and_a_power_cut()
    {
        Log.Mute();
        await using var net = new Testnet(validators: 4, tasks: 0);
        var (timeline, dice) = (new Timeline(), new Dice(1));
        var network = new Network(timeline, dice) { Loss = 0.1, Duplication = 0.1, MeanDelayUs = 5_000 };
        var nodes = Enumerable.Range(0, 4).Select(i => new Machinery(net.Genesis, i, timeline, network)).ToList();
        nodes.ForEach(n => n.Start(nodes));

        while (nodes.Exists(n => n.Replica.Head.State.Height < 3) && timeline.TryStep(60_000_000))
        {
        }
        nodes[0].Crash();
        nodes[0].Start(nodes);
        while (nodes.Exists(n => n.Replica.Head.State.Height < 10) && timeline.TryStep(120_000_000))
        {
        }

        Assert.That(nodes.Select(n => n.Replica.Head.State.Height), Is.All.GreaterThanOrEqualTo(10));
        Assert.That(nodes.Select(n => n.Store.Block(10)!.Value.Block.Id).Distinct().Count(), Is.EqualTo(1));
    }

    internal sealed class Machinery
    {
        private readonly Genesis genesis;
        private readonly SecretKey key;
        private readonly VirtualClock clock;
        private readonly Network network;
        private readonly Network.Port port;
        private readonly SimulatedDisk disk;
        private int processes;

        internal Machinery(Genesis genesis, int number, Timeline timeline, Network network)
        {
            (this.genesis, this.network, key) = (genesis, network, Some.Key(1 + number));
            clock = new(timeline, 1_700_000_100_000, IfAlive) { SkewMs = 200 * number, DriftPerMillion = 100 * number };
            disk = new($"node{number}", new((ulong)number));
            port = network.Plug(new(Some.Key(50 + number).PublicKey), happened =>
            {
                if (port!.IsUp)
                    Replica.Handle(happened);
            });
        }

        internal Replica Replica { get; private set; } = null!;

        internal Store Store { get; private set; } = null!;

        internal void Start(IEnumerable<Machinery> all)
        {
            processes++;
            Store = Store.Open(disk.Store, FirstState.From(genesis), out var tip);
            Replica = new(
                new()
                {
                    Genesis = genesis,
                    Key = key,
                    PeerId = port.Id,
                    Peers = all.Select(n => new KnownPeer(n.port.Id, n.port.Address)),
                    NewGuard = processes == 1,
                    Seed = (ulong)processes,
                },
                new(clock, port, disk, Store), tip, new StubLearning(() => Replica.Head.State), () => { });
            port.IsUp = true;
            Replica.Begin();
        }

        internal void Crash()
        {
            (port.IsUp, processes) = (false, processes + 1);
            network.Unplug(port);
            disk.LosePower();
        }

        private Action IfAlive(Action action)
        {
            var process = processes;
            return () =>
            {
                if (process == processes)
                    action();
            };
        }
    }
}
