using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;
using Ledger.Consensus.Tree;
using Ledger.Node.Overlay;
using Ledger.Node.Sync;
using Ledger.Node.Tests.Consensus.State;
using Ledger.Node.Tests.Overlay;

namespace Ledger.Node.Tests.Sync;

/// <summary>A newcomer among peers that serve, lie, are silent or have nothing.</summary>
public class SnapshotSyncTests
{
    private const ulong Interval = 160;
    private const int Blocks = 330;

    private static readonly SomeChain Chain = Grown();

    private SnapshotSync sync = null!;
    private readonly SortedDictionary<PeerId, Func<WireMessage, WireMessage?>> peers = [];
    private readonly Queue<OverlayEffect> effects = new();
    private readonly List<(PeerId Peer, Misdeed Misdeed)> blamed = [];
    private Snapshot? got;
    private int messages;

    // Blocks with a transfer now and then; the newest snapshot is of 320.
    private static SomeChain Grown()
    {
        var chain = new SomeChain(parameters: SomeChain.Patient);
        chain.Reach(Phase.Close, 4, 5, 6);
        chain.Close(chain.Closing());
        while (chain.State.Height < Blocks)
            chain.Next(chain.From(6, new Payload.Transfer(chain.Who((int)(chain.State.Height % 7)), 1)));
        return chain;
    }

    [SetUp]
    public void Begin()
    {
        sync = new(FirstState.From(Chain.Genesis), LightOptions.Of(Chain.Genesis.Parameters));
        peers.Clear();
        effects.Clear();
        blamed.Clear();
        (got, messages) = (null, 0);
    }

    [Test]
    public void The_state_arrives_whole_and_proved()
    {
        Join(Honest, Honest, Honest);
        Run();

        AssertComplete();
        Assert.That(blamed, Is.Empty);
    }

    [Test]
    public void One_peer_is_enough()
    {
        Join(Honest);
        Run();

        AssertComplete();
    }

    [TestCase("value")]
    [TestCase("leaf left out")]
    [TestCase("leaf added")]
    [TestCase("proof")]
    [TestCase("range")]
    [TestCase("empty")]
    public void B22_A_chunk_that_was_changed_costs_its_sender_and_others_deliver(string how)
    {
        Join(Honest, ask => Honest(ask) is WireMessage.Chunk chunk ? Spoil(chunk, how) : Honest(ask), Honest);
        Run();

        AssertComplete();
        Assert.That(blamed, Is.EqualTo(new[] { (SomeMessages.Peer(1), Misdeed.BadSnapshot) }));
    }

    [Test]
    public void A_state_of_another_height_is_refused()
    {
        // The right leaves, with right proofs, of the state one block later.
        var other = Chain.Trees[321];
        Join(ask => ask is WireMessage.GetChunk chunk ? Serving.Chunk(chunk, other) : Honest(ask), Honest);
        Run();

        AssertComplete();
        Assert.That(blamed, Is.EqualTo(new[] { (SomeMessages.Peer(0), Misdeed.BadSnapshot) }));
    }

    [Test]
    public void A_height_that_was_made_up_is_given_up()
    {
        Join(ask => ask is WireMessage.GetSnapshots ? new WireMessage.Snapshots([1_000_000]) : Honest(ask), Honest);
        Run();

        AssertComplete();
    }

    [Test]
    public void Headers_that_nobody_decided_are_refused()
    {
        Join(ask => Honest(ask) is WireMessage.HeaderReply { Block: var block }
            ? new WireMessage.HeaderReply(Forged(block))
            : Honest(ask), Honest);
        Run();

        AssertComplete();
        Assert.That(blamed, Is.EqualTo(new[] { (SomeMessages.Peer(0), Misdeed.BadSnapshot) }));
    }

    [Test]
    public void Who_falls_silent_is_replaced([Values] bool inHeaders)
    {
        Join(ask => ask is WireMessage.GetSnapshots || ask is WireMessage.GetHeader && !inHeaders ? Honest(ask) : null,
            Honest);
        Run();

        AssertComplete();
        Assert.That(blamed.Select(b => b.Misdeed), Is.All.EqualTo(Misdeed.TimedOut));
    }

    [Test]
    public void Who_leaves_in_the_middle_is_replaced()
    {
        var left = false;
        Join(ask =>
        {
            if (ask is not WireMessage.GetChunk || left)
                return left ? null : Honest(ask);
            left = true;
            sync.Left(SomeMessages.Peer(0));
            return null;
        }, Honest);
        Run();

        AssertComplete();
        Assert.That(left && blamed.Count == 0);
    }

    [Test]
    public void A_snapshot_that_is_pruned_meanwhile_is_exchanged_for_another()
    {
        var chunks = 0;
        Join(ask => ask is WireMessage.GetSnapshots ? new WireMessage.Snapshots([320])
            : ask is WireMessage.GetChunk && chunks++ > 3 ? new WireMessage.Gone(320) : Honest(ask),
            ask => ask is WireMessage.GetSnapshots ? new WireMessage.Snapshots([310]) : Honest(ask));
        Run();

        Assert.That(got?.Last.Height, Is.EqualTo(310));
        Assert.That(got!.Leaves, Has.Count.EqualTo(Count(310)));
    }

    [TestCase(0)]
    [TestCase(3)]
    public void Without_any_offer_blocks_are_not_kept_waiting(int strangers)
    {
        Join([.. Enumerable.Repeat<Func<WireMessage, WireMessage?>>(
            ask => ask is WireMessage.GetSnapshots ? new WireMessage.Snapshots([]) : null, strangers)]);
        Join(_ => null);
        Run();

        Assert.That((sync.IsActive, got), Is.EqualTo((false, (Snapshot?)null)));
    }

    [Test]
    public void B22_When_all_lie_blocks_are_fetched()
    {
        Join([.. Enumerable.Repeat<Func<WireMessage, WireMessage?>>(
            ask => Honest(ask) is WireMessage.Chunk chunk ? Spoil(chunk, "value") : Honest(ask), 4)]);
        Run();

        Assert.That((sync.IsActive, got), Is.EqualTo((false, (Snapshot?)null)));
        Assert.That(blamed.Select(b => b.Peer).Distinct().Count(), Is.EqualTo(4));
    }

    [Test]
    public void A_snapshot_of_a_young_chain_is_not_worth_it()
    {
        Join(ask => ask is WireMessage.GetSnapshots ? new WireMessage.Snapshots([OverlayLimits.SnapshotLeadMin - 1])
            : Honest(ask));
        Run();

        Assert.That((sync.IsActive, got), Is.EqualTo((false, (Snapshot?)null)));
    }

    [Test]
    public void Chunks_that_nobody_asked_for_change_nothing()
    {
        Join(Honest);
        var whole = (WireMessage.Chunk)Serving.Chunk(new(320, HashRange.All), Chain.Trees[320]);
        Assert.That(sync.Receive(SomeMessages.Peer(9), whole, 0), Is.Empty);
        Run();

        AssertComplete();
    }

    [Test]
    public void A_chunk_is_never_larger_than_its_bound()
    {
        var tree = StateTree.Empty.Next(1, Enumerable.Range(0, 3_000)
            .Select(i => new LeafChange(BitConverter.GetBytes(i), new byte[500])));
        var (range, leaves) = (HashRange.All, 0);
        for (var more = true; more;)
        {
            var chunk = (WireMessage.Chunk)Serving.Chunk(new(1, range), tree);
            Assert.That(WireCodec.Encode(chunk), Has.Length.LessThan(OverlayLimits.ChunkBytesMax * 11 / 10));
            leaves += chunk.Leaves.Length;
            more = chunk.Range.To != HashRange.Last;
            range = new(more ? HashRange.After(chunk.Range.To) : default, HashRange.Last);
        }
        Assert.That(leaves, Is.EqualTo(3_000));
    }

    private static int Count(ulong height) => Chain.Trees[(int)height].LeavesFrom(default).Count();

    private static WireMessage? Honest(WireMessage ask) => ask switch
    {
        WireMessage.GetSnapshots => Serving.Snapshots(Blocks, Interval, h => Chain.Trees[(int)h]),
        WireMessage.GetHeader { Height: <= Blocks } header =>
            new WireMessage.HeaderReply(Chain.Headers[(int)header.Height - 1]),
        WireMessage.GetHeader header => new WireMessage.Gone(header.Height),
        WireMessage.GetChunk chunk => Serving.Chunk(chunk, Chain.Trees[(int)chunk.Height]),
        _ => null,
    };

    private static WireMessage.Chunk Spoil(WireMessage.Chunk chunk, string how)
    {
        var leaves = chunk.Leaves;
        return how switch
        {
            "value" when leaves.Length > 0 => chunk with { Leaves = leaves.SetItem(0, (leaves[0].Key, [1, 2])) },
            "leaf left out" when leaves.Length > 0 => chunk with { Leaves = leaves.RemoveAt(0) },
            "leaf added" => chunk with { Leaves = leaves.Add(([0], [1])) },
            "empty" when leaves.Length > 0 => chunk with { Leaves = [], Proof = [0] },
            "range" => chunk with { Range = chunk.Range with { To = HashRange.Last } },
            _ => chunk with { Proof = [.. chunk.Proof, 0] },
        };
    }

    private static LightBlock Forged(LightBlock block)
    {
        var header = block.Header with { StateRoot = default };
        return block with { Header = header, Certificate = block.Certificate with { Block = header.Digest() } };
    }

    private void Join(params Func<WireMessage, WireMessage?>[] behaviours)
    {
        foreach (var behaviour in behaviours)
        {
            var peer = SomeMessages.Peer(peers.Count);
            peers[peer] = behaviour;
            sync.Joined(peer);
        }
    }

    // Virtual time; each message goes through the codec, as between machines.
    private void Run()
    {
        for (ulong now = 0; now < 120_000 && sync.IsActive; now += 100)
        {
            Take(sync.Tick(now));
            while (effects.TryDequeue(out var effect))
                Perform(effect, now);
        }
        Assert.That(sync.IsActive, Is.False, "it comes to an end");
    }

    private void Perform(OverlayEffect effect, ulong now)
    {
        switch (effect)
        {
            case OverlayEffect.Penalise penalise:
                blamed.Add((penalise.Peer, penalise.Misdeed));
                break;
            case OverlayEffect.SnapshotReady ready:
                got = ready.Snapshot;
                break;
            case OverlayEffect.Send { To: var to, Message: var ask } when peers[to](ask) is { } answer:
                messages++;
                Assert.That(WireCodec.TryDecode(WireCodec.Encode(answer), out var decoded));
                Deliver(to, decoded!, now);
                break;
        }
    }

    private void Deliver(PeerId from, WireMessage message, ulong now)
    {
        switch (message)
        {
            case WireMessage.Snapshots list:
                sync.Receive(from, list, now);
                break;
            case WireMessage.HeaderReply header:
                Take(sync.Receive(from, header, now, Chain.State.Time));
                break;
            case WireMessage.Chunk chunk:
                Take(sync.Receive(from, chunk, now));
                break;
            case WireMessage.Gone gone:
                sync.Receive(from, gone);
                break;
        }
    }

    private void Take(IReadOnlyList<OverlayEffect> more)
    {
        foreach (var effect in more)
            effects.Enqueue(effect);
    }

    private void AssertComplete()
    {
        Assert.That(got, Is.Not.Null);
        Assert.That((got!.Last, got.Head), Is.EqualTo((Chain.Headers[319], Chain.Headers[320])));
        var state = StateLeaves.ToState(FirstState.From(Chain.Genesis), got.Leaves
            .OrderBy(l => Convert.ToHexString(l.Key), StringComparer.Ordinal));
        Assert.That(state!.Tree.Root, Is.EqualTo(Chain.Trees[320].Root));
        Assert.That(state.Validators, Is.EqualTo(got.Head.Validators), "priorities included");
        Assert.That(messages, Is.LessThan(60));
    }
}
