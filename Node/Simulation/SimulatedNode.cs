using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Consensus.State;
using Ledger.Node.Host;
using Ledger.Node.Overlay;
using Ledger.Node.Storage;
using Ledger.Node.Transport;

namespace Ledger.Node.Simulation;

/// <summary>
/// One machine of the simulation: a whole <see cref="Replica"/> on virtual time, links and disk. Its power can go in
/// the middle of anything; its process can stand still; and what it throws is judged here.
/// </summary>
internal sealed class SimulatedNode
{
    private readonly Queue<Action> standing = new();
    private readonly Queue<Action> unread = new();
    private readonly SecretKey key;
    private readonly Actor? actor;
    private readonly PlantedBug? bug;
    private readonly VirtualClock clock;
    private readonly Network.Port port;
    private int process;
    private bool hasBegun;

    internal SimulatedNode(World world, int index, SecretKey key, SecretKey transport, Actor? actor)
    {
        (World, Index, this.key, this.actor) = (world, index, key, actor);
        Self = new(key.PublicKey);
        bug = actor is null ? world.Bug : null;
        Disk = new($"node{index}", world.Dice.Split())
        {
            FilesLie = bug is { FilesLie: true },
            StoreLies = bug is { StoreLies: true },
        };
        clock = new(world.Timeline, World.EpochMs, IfAlive) { Halves = bug is { HurriesTimers: true } };
        port = world.Network.Plug(index, new(transport.PublicKey), Deliver);
        actor?.Attach(this, port, key, world.Dice.Split());
    }

    internal World World { get; }

    internal int Index { get; }

    internal Address Self { get; }

    internal KnownPeer Peer => new(port.Id, port.Address);

    internal PeerId Id => port.Id;

    internal VirtualClock Clock => clock;

    internal SimulatedDisk Disk { get; }

    internal Replica? Replica { get; private set; }

    internal Store Store { get; private set; } = null!;

    /// <summary>Whether it follows the rules, and remembers what it has signed.</summary>
    internal bool IsTrusted => actor is null && !HasOldGuard;

    /// <summary>Whether it was started from a copy of its files that is older than what it has signed.</summary>
    internal bool HasOldGuard { get; set; }

    /// <summary>Whether nobody can ask of it to go on: its disk does not hold what it must.</summary>
    internal bool IsLost { get; set; }

    /// <summary>Whether its chain may be shorter than it was.</summary>
    internal bool HasOldChain { get; set; }

    /// <summary>Why it does not run and will not be started again; null where it will.</summary>
    internal string? GaveUp { get; private set; }

    /// <summary>Whether it is of a version that aggregates otherwise.</summary>
    internal bool AggregatesOtherwise { get; set; }

    /// <summary>The newest version of the protocol that it knows.</summary>
    internal uint Speaks { get; set; } = Consensus.Chain.Header.NewestVersion;

    /// <summary>How long it takes to aggregate the updates of a round.</summary>
    internal ulong AggregationMs { get; set; }

    /// <summary>How long what it is sent lies unread: its machine is slow.</summary>
    internal ulong LateMs { get; set; }

    internal bool IsUp => Replica is not null;

    internal bool WasRestarted { get; private set; }

    internal bool IsPaused { get; private set; }

    // What the oracle has seen of it.
    internal ulong SeenHeight { get; set; }

    internal ChainState? Seen { get; set; }

    internal RoundState? SeenRound { get; set; }

    internal ulong SeenAgreementHeight { get; set; }

    /// <summary>How it stands, for a person.</summary>
    internal string State => GaveUp is { } why ? $"gave up ({why})"
        : Replica is not { } up ? "is down"
        : up.Agreement is { State: var s } ? $"is at height {up.Head.State.Height}, round {s.Round}, {s.Step}, "
            + (up.IsVoting ? "" : "follows only, ")
            + $"best {up.BestPeerHeight}, {up.Book.Connected.Count()} peers" : "starts";

    internal ulong Height => Replica?.Head.State.Height ?? 0;

    internal void Start()
    {
        if (IsUp || GaveUp is not null)
            return;
        process++;
        Run(Boot);
    }

    /// <summary>The power goes; it is back after a while, or, without one, when somebody starts the node.</summary>
    internal void Crash(long? backAfterMs)
    {
        if (!IsUp)
            return;
        World.Tally.Crashes++;
        GoDown();
        Disk.LosePower();
        if (backAfterMs is { } wait)
            World.Timeline.After(wait * 1000, Start);
    }

    internal void Pause() => IsPaused = true;

    internal void Resume()
    {
        IsPaused = false;
        while (!IsPaused && standing.TryDequeue(out var action))
            Run(action);
    }

    /// <summary>Does something as this node's process, unless there is none.</summary>
    internal void Run(Action action)
    {
        if (IsPaused)
        {
            standing.Enqueue(action);
            return;
        }
        try
        {
            action();
            if (Replica is not null)
                World.Oracle.Observe(this);
        }
        catch (PowerCutException)
        {
            Crash(World.Dice.Between(1, 800));
        }
        catch (StoreException e)
        {
            Refuse(e);
        }
        catch (ForkException e)
        {
            GiveUp(e);
        }
        catch (InvalidOperationException e)
        {
            GiveUp(e);
        }
    }

    /// <summary>The stake of another node's key to this one's.</summary>
    internal Payload RotationFrom(SimulatedNode old) => new Payload.RotateKey(
        Self, key.Sign(KeyRotations.ConsentDigest(FirstState.From(World.Genesis).ChainId, old.Self, Self)));

    internal (Digest Block, ulong Time, CommitCertificate Certificate) Stored(ulong height) =>
        Store.Block(height) is var (block, certificate)
            ? (block.Id, block.Header.Time, certificate)
            : throw new InvalidOperationException($"block {height} is not there");

    private void Boot()
    {
        if (bug is { LosesGuard: true })
            Disk.Forget();
        var store = Storage.Store.Open(Disk.Store, FirstState.From(World.Genesis), out var tip);
        if (tip.Height < SeenHeight && IsTrusted && !HasOldChain)
            World.Oracle.Fail($"P3 node {Index} had block {SeenHeight} and comes back with {tip.Height}");
        HasOldChain = false;
        WasRestarted = hasBegun;
        (Seen, SeenHeight) = (null, tip.Height);
        SeenRound = null;
        Store = store;
        var learning = new StubLearning(this, bug);
        var replica = new Replica(
            new()
            {
                Genesis = World.Genesis,
                Key = key,
                PeerId = port.Id,
                Peers = World.PeersOf(this),
                NewGuard = !hasBegun,
                Seed = World.Dice.Next(),
                Speaks = Speaks,
                Guards = actor?.Guards ?? bug?.Guards ?? new(),
            },
            new(clock, Links(), Disk, store), tip, learning, learning.Proceed);
        (Replica, hasBegun) = (replica, true);
        port.IsUp = true;
        World.Network.Greet(port);
        replica.Begin();
        actor?.Begin();
    }

    // The operator mends what can be mended and starts the node again; what tells of lost signatures cannot be.
    private void Refuse(StoreException reason)
    {
        var ran = IsUp;
        GoDown();
        Disk.LosePower();
        if ((!IsTrusted || IsLost) && !ran)
            GaveUp = reason.Message;
        else if (World.IsHealed && IsTrusted && !IsLost)
            World.Oracle.Fail($"P0 node {Index} refuses: {reason.Message}");
        else
            World.Timeline.After(500_000, Start);
    }

    private ILinks Links() => (actor, bug?.Mute) switch
    {
        ({ } dishonest, _) => dishonest,
        (_, { } kind) => new MutedLinks(port, kind),
        _ => port,
    };

    private void GoDown()
    {
        process++;
        unread.Clear();
        Replica = null;
        standing.Clear();
        World.Network.Unplug(port);
    }

    private void Deliver(NetEvent happened)
    {
        if (Replica is null || (actor is null ? happened : actor.Hear(happened)) is not { } heard)
            return;
        var arrivedMs = Clock.NowMs;
        if (LateMs == 0 && unread.Count == 0)
        {
            Run(() => Replica?.Handle(heard, arrivedMs));
            return;
        }
        // However long it takes, what came first is read first.
        unread.Enqueue(() => Replica?.Handle(heard, arrivedMs));
        Clock.After(LateMs, IfAlive(() => unread.Dequeue()()));
    }

    private void GiveUp(Exception reason)
    {
        GoDown();
        GaveUp = reason.Message;
        if (IsTrusted)
            World.Oracle.Fail($"P0 node {Index} stops: {reason.Message}");
    }

    private Action IfAlive(Action action)
    {
        var mine = process;
        if (bug is { LosesTimers: true } && World.Dice.Chance(0.3))
            return () => { };
        return () =>
        {
            if (mine == process)
                Run(action);
        };
    }
}
