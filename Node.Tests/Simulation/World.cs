using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;

namespace Ledger.Node.Tests.Simulation;

/// <summary>
/// Virtual time, one seed, and a network between peers. Nothing happens but what is in the queue, in its order, so one
/// seed is one history; <see cref="Fingerprint"/> tells two histories apart.
/// </summary>
internal sealed class World(int seed)
{
    internal static readonly Timeouts Timeouts = new(new(400, 100), new(150, 50), new(150, 50));

    internal static readonly Synchrony Synchrony = new(100, 1_000);

    private readonly PriorityQueue<Action, (long Time, long Order)> queue = new();
    private readonly List<ValidatorSet> sets = [];
    private long order, healedAt;
    private ulong sides;

    internal Random Random { get; } = new(seed);

    internal Weather Weather { get; set; } = Weather.Fine;

    internal List<Peer> Peers { get; } = [];

    internal Oracle Oracle { get; } = new();

    internal long Now { get; private set; }

    /// <summary>A digest of every delivery so far (FNV-1a).</summary>
    internal ulong Fingerprint { get; private set; } = 14_695_981_039_346_656_037;

    internal IEnumerable<Peer> Honest => Peers.Where(p => p.IsHonest);

    internal void Populate(IEnumerable<Peer> peers, ValidatorSet genesis)
    {
        sets.Add(genesis);
        Oracle.Validators = genesis;
        Peers.AddRange(peers);
        foreach (var peer in Peers)
            peer.Start();
    }

    /// <summary>Who votes on a height: the stakes stay, the turns to propose go round.</summary>
    internal ValidatorSet SetOf(ulong height)
    {
        while ((ulong)sets.Count < height)
            sets.Add(Proposers.Advance(sets[^1]));
        return sets[(int)height - 1];
    }

    internal void After(double milliseconds, Action action) =>
        queue.Enqueue(action, (Now + (long)milliseconds, order++));

    internal bool Chance(double probability) => Random.NextDouble() < probability;

    internal double Delay(double mean) => -mean * Math.Log(1 - Random.NextDouble());

    internal void Send(Peer from, Peer to, Message message)
    {
        if (Chance(Weather.Loss) || IsCut(from, to))
            return;
        var copies = Chance(Weather.Duplication) ? 2 : 1;
        for (var i = 0; i < copies; i++)
            After(1 + Delay(Weather.MeanDelay), () => Deliver(from, to, message));
    }

    /// <summary>Lets the world go on for a while, or until something is reached.</summary>
    internal bool Run(long milliseconds, Func<bool> reached)
    {
        var end = Now + milliseconds;
        while (!reached() && queue.TryPeek(out _, out var next) && next.Time <= end)
        {
            var action = queue.Dequeue();
            Now = next.Time;
            action();
        }
        return reached();
    }

    /// <summary>Each second the network may fall in two halves, which find together again.</summary>
    internal void Storm() => After(1_000, () =>
    {
        if (Chance(Weather.Partition))
            (sides, healedAt) = ((ulong)Random.NextInt64(), Now + Random.Next(3_000));
        Storm();
    });

    internal void Heal()
    {
        Weather = Weather.Fine;
        healedAt = 0;
        foreach (var peer in Peers)
            peer.Restart();
    }

    private bool IsCut(Peer from, Peer to) =>
        Now < healedAt && (sides >> from.Index & 1) != (sides >> to.Index & 1);

    private void Deliver(Peer from, Peer to, Message message)
    {
        var what = message switch
        {
            Message.Ballot { Vote.Vote: var v } => ((ulong)v.Round << 8) ^ (ulong)v.Kind ^ (v.Block?.Value.A ?? 1),
            Message.Offer { Proposal.Proposal: var p } => (ulong)p.Round ^ p.Block.Value.A,
            Message.Decided { Block: var b } => b.Id.Value.B,
            Message.Status s => s.Height,
            Message.Proof { Certificate: var c } => c.Round,
            _ => 0UL,
        };
        foreach (var value in (ulong[])[(ulong)Now, (ulong)from.Index, (ulong)to.Index, what])
            Fingerprint = unchecked((Fingerprint ^ value) * 1_099_511_628_211);
        to.Receive(from, message);
    }
}
