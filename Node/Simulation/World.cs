using System.Buffers.Binary;
using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;

namespace Ledger.Node.Simulation;

/// <summary>What has been counted in one simulated history, or in many.</summary>
internal sealed class Tally
{
    internal int Crashes { get; set; }

    internal int Acknowledged { get; set; }

    internal int Slashes { get; set; }
}

/// <summary>One simulated network, from its first event to its last, as a plan has it.</summary>
internal sealed class World
{
    /// <summary>Unix milliseconds at which virtual time begins.</summary>
    internal const ulong EpochMs = 1_800_000_000_000;

    // Phases may take so long, virtually.
    private const long LongestStormUs = 120_000_000, LongestCalmUs = 300_000_000;

    // So many more heights must be decided once all is healed.
    private const ulong CalmHeights = 3;

    private const long LoadEveryUs = 100_000;

    private readonly HashSet<Address> dishonest = [];
    private readonly Dice load;

    internal World(Plan plan, PlantedBug? bug = null)
    {
        (Plan, Bug) = (plan, bug);
        Dice = new(plan.Seed ^ 0x5eed);
        load = Dice.Split();
        Network = new(Timeline, Dice.Split(), new(KeyOf(9_999).PublicKey), Delivered);
        Genesis = GenesisOf(plan);
        var actors = plan.Faults.Where(f => f.Group == FaultGroups.Byzantine).ToDictionary(f => f.Node, f => f.Kind);
        for (var i = 0; i < plan.Stakes.Length + plan.Followers; i++)
            Add(i, Actor.Of(actors.GetValueOrDefault(i, FaultKind.Loss)));
        foreach (var (node, _) in actors.Where(a => a.Value == FaultKind.Twins))
            Add(node, new Twin());
        Oracle.Begin(FirstState.From(Genesis));
        Network.Sent = (port, message) => Oracle.Hear(Nodes[port.Index], message);
    }

    internal Plan Plan { get; }

    /// <summary>What all honest nodes do wrong.</summary>
    internal PlantedBug? Bug { get; }

    internal Dice Dice { get; }

    internal Timeline Timeline { get; } = new();

    internal Network Network { get; }

    internal Oracle Oracle { get; } = new();

    internal Tally Tally { get; } = new();

    internal Genesis Genesis { get; }

    internal List<SimulatedNode> Nodes { get; } = [];

    /// <summary>Whether the storm is over: from now on nothing but the dishonest goes wrong.</summary>
    internal bool IsHealed { get; private set; }

    /// <summary>A digest of all deliveries (FNV-1a): two histories with the same one are the same.</summary>
    internal ulong Fingerprint { get; private set; } = 14_695_981_039_346_656_037;

    internal long Decided => (long)Oracle.Highest;

    /// <summary>Whether anybody breaks the rules, or will.</summary>
    internal bool HasDishonest => dishonest.Count > 0 || Plan.Faults.Any(f => f.Costs);

    internal bool IsTrusted(Address address) => !dishonest.Contains(address);

    internal void Distrust(SimulatedNode node)
    {
        node.HasOldGuard = true;
        dishonest.Add(node.Self);
    }

    /// <summary>Those whom a node knows at its start: everybody, or in a large network a few.</summary>
    internal IEnumerable<KnownPeer> PeersOf(SimulatedNode node) =>
        Nodes.Where(n => n != node && (Nodes.Count <= 32 || (n.Index * 31 + node.Index * 17) % Nodes.Count < 8))
            .Select(n => n.Peer);

    /// <summary>The whole history: the storm, then the calm in which all must be well again.</summary>
    internal void Run()
    {
        Begin();
        var goal = (ulong)Plan.Heights;
        Step(LongestStormUs, () => Timeline.NowUs >= Plan.StormMs * 1000 && Oracle.Highest >= goal || HasFailed);
        if (!HasFailed)
            Finish();
    }

    /// <summary>Everything starts, and what goes wrong is on its way.</summary>
    internal void Begin()
    {
        new Storm(this).Schedule();
        Nodes.ForEach(n => n.Start());
        Load();
    }

    internal bool HasFailed => Oracle.Violations.Count > 0;

    /// <summary>Lets time pass until something is so; false where it is not in time.</summary>
    internal bool Step(long forUs, Func<bool> until)
    {
        var end = Timeline.NowUs + forUs;
        while (!until())
            if (!Timeline.TryStep(end))
                return until();
        return true;
    }

    /// <summary>All is healed, and must be well soon.</summary>
    internal void Finish()
    {
        IsHealed = true;
        Network.Heal();
        foreach (var node in Nodes)
        {
            (node.Disk.IsFull, node.Disk.SyncFails, node.Disk.CutAt) = (false, false, 0);
            (node.Clock.SkewMs, node.Clock.DriftPerMillion, node.LateMs) = (0, 0, 0);
            node.Resume();
            node.Start();
        }
        var core = Nodes.Where(n => n.IsTrusted && !n.IsLost).ToList();
        var goal = Oracle.Highest + CalmHeights;
        // Stakes come and go: who has to go on is who still holds a quorum.
        if (!Step(LongestCalmUs, () => HasFailed || core.TrueForAll(n => n.Height >= goal))
            && Oracle.IsQuorum(core.Select(n => n.Self)))
            Oracle.Fail("P9 no progress after all was healed: "
                + string.Join(", ", core.Select(n => $"node {n.Index} {n.State}")) + $", goal {goal}");
        if (!HasFailed && core.TrueForAll(n => n.IsUp))
            Judge(core);
    }

    // P11: the same state everywhere; P12: and the blocks alone give it again.
    private void Judge(List<SimulatedNode> core)
    {
        var states = core.Select(n => n.Replica!.Head.State).ToList();
        foreach (var at in states.GroupBy(s => s.Height))
            if (at.Select(s => s.Tree.Root).Distinct().Count() > 1)
                Oracle.Fail($"P11 different states after block {at.Key}");
        // P8: whoever kept to the rules keeps its stake, whatever its machine went through.
        foreach (var (address, _) in states[0].Standings.Where(s => s.Value.Tombstoned))
        {
            Tally.Slashes++;
            if (IsTrusted(address))
                Oracle.Fail($"P8 the honest validator {address} was slashed");
        }
        var (state, live) = (FirstState.From(Genesis), core[0]);
        for (var height = 1UL; height <= live.Height; height++)
        {
            var block = live.Store.Block(height)!.Value.Block;
            var fault = Transition.TryApply(state, block, out var next);
            if (fault != BlockFault.None)
            {
                Oracle.Fail($"P12 block {height} does not follow from the start: {fault}");
                return;
            }
            if (block.Closings.Any(c => c != StubLearning.Closing(state.Tasks[c.Task])))
                Oracle.Fail($"P2 block {height} brings parameters that its updates do not give");
            state = next!;
        }
        if (state.Tree.Root != states[0].Tree.Root)
            Oracle.Fail("P12 replay from the start gives another state");
    }

    private void Add(int index, Actor? actor)
    {
        var node = new SimulatedNode(this, Nodes.Count, KeyOf(index), KeyOf(10_000 + Nodes.Count), actor);
        Nodes.Add(node);
        if (actor is not null)
            dishonest.Add(node.Self);
    }

    // Somebody always wants something: transfers, stakes that come and go, a new key.
    private void Load()
    {
        Timeline.After(LoadEveryUs, Load);
        var node = load.Pick(Nodes);
        var (to, dice, amount) = (load.Pick(Nodes), load.Below(10), (ulong)load.Between(1, 1_000));
        if (!node.IsUp || node.IsPaused || Genesis.Tasks.IsEmpty)
            return;
        Payload payload = dice switch
        {
            0 => new Payload.Stake(amount),
            1 => new Payload.Unstake(amount),
            // What the honest answer for must not depend on the others.
            2 when node.IsTrusted && to.IsTrusted => to.RotationFrom(node),
            _ => new Payload.Transfer(to.Self, amount),
        };
        node.Run(() => node.Replica?.Submitter.Submit(payload, null, s => Submitted(node, s)));
    }

    private void Submitted(SimulatedNode node, Host.Submission submission)
    {
        if (submission.Height is not { } height)
            return;
        Tally.Acknowledged++;
        if (node.IsTrusted)
            Oracle.Acknowledged(node, submission.Transaction, height);
    }

    private void Delivered(int from, int to, byte[] message)
    {
        var mixed = Fingerprint;
        foreach (var value in (ReadOnlySpan<ulong>)
            [(ulong)Timeline.NowUs, (ulong)from, (ulong)to, (ulong)message.Length])
            mixed = unchecked((mixed ^ value) * 1_099_511_628_211);
        var end = message.Length < sizeof(ulong) ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(^8..));
        Fingerprint = mixed ^ end;
    }

    private static Genesis GenesisOf(Plan plan)
    {
        var nodes = Enumerable.Range(0, plan.Stakes.Length + plan.Followers)
            .Select(i => new Address(KeyOf(i).PublicKey));
        return new()
        {
            Name = "simulated",
            Time = EpochMs - 1_000,
            Parameters = plan.Parameters,
            Validators = [.. plan.Stakes.Select((stake, i) => new GenesisValidator(new(KeyOf(i).PublicKey), stake))],
            Accounts = [.. nodes.Select(a => new GenesisAccount(a, 1_000_000))],
            Tasks = plan.HasLoad ? [new(new(KeyOf(0).PublicKey), Spec(plan))] : [],
            Peers = [],
        };
    }

    private static TaskSpec Spec(Plan plan) => new()
    {
        Name = "simulated",
        Recipe = "{}",
        Model = Digest.OfBytes([0]),
        Parameters = Digest.OfBytes([1]),
        Exponent = 8,
        Rounds = 50,
        Reward = 1_000,
        Deposit = 10,
        MinContributors = (uint)Math.Min(2, plan.Stakes.Length),
        Committee = 3,
        // A window ends as soon as everybody has acted; with shorter ones nobody acts in time.
        CommitWindow = 300,
        RevealWindow = 300,
        AttestWindow = 300,
    };

    // Keys are the same in every history: only what happens differs.
    internal static SecretKey KeyOf(int number)
    {
        var seed = new byte[SecretKey.Size];
        BinaryPrimitives.WriteInt32BigEndian(seed.AsSpan(^4), number + 1);
        return SecretKey.From(seed)!;
    }
}
