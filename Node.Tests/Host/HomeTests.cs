using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Host;
using Ledger.Node.Storage;
using Ledger.Node.Tests.Storage;

namespace Ledger.Node.Tests.Host;

/// <summary>What a node finds on its disk after a crash, after damage and in the wrong place.</summary>
public class HomeTests
{
    [Test]
    public async Task A_state_with_one_bit_changed_is_refused(
        [Values("state", "nodes", "blocks", "blobs", "chunks")] string family)
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        using var home = new TemporaryDirectory();
        var first = FirstState.From(net.Genesis);
        var blob = Commit(home["chain"], first);
        Assert.That(Damage(home["chain"], first, blob), Is.Null, "untouched");

        FlipLastBit(home["chain"], family);

        Assert.That(Damage(home["chain"], first, blob),
            Is.TypeOf<StoreException>().With.Message.Contains("is damaged"));
    }

    [Test]
    public async Task A_blob_is_never_given_under_a_name_that_is_not_its_hash()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        using var home = new TemporaryDirectory();
        var blob = Commit(home["chain"], FirstState.From(net.Genesis));
        FlipLastBit(home["chain"], "chunks");

        using (var store = Store.Open(home["chain"], FirstState.From(net.Genesis), out _))
            Assert.That(() => GivesWrongBytes(store.Blob, blob), Throws.TypeOf<StoreException>());
        // The planted bug: the same bytes without the check.
        using var raw = RocksDb.Open(home["chain"], Store.Families, new());
        Assert.That(GivesWrongBytes(id => raw.Get("chunks", [.. id.ToArray(), 0, 0, 0, 0]), blob), Is.True);
    }

    [Test, CancelAfter(120_000)]
    public async Task A_node_that_moves_with_its_home_goes_on_and_contradicts_nothing_it_said()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        for (var i = 0; i < 4; i++)
            net.Start(i);
        await Testnet.Until(() => net.Nodes.All(n => n.Snapshot.State.Height >= 2), 40, "two blocks");
        using var observer = new Hostile(net);
        await Testnet.Until(() => observer.Connections == 4, 10, "the observer is connected");
        await Testnet.Until(() => Votes(observer).Count >= 6, 20, "it hears votes");

        await net.Stop(net.Nodes[3]);
        var said = Votes(observer);
        net.Copy(from: 3, to: 7);
        var before = Votes(observer).Count;
        var again = net.Start(3, home: 7);
        var height = net.Nodes.Max(n => n.Snapshot.State.Height);
        await Testnet.Until(() => again.Snapshot.State.Height >= height + 4, 40, "it goes on with the others");

        var all = said.Concat(Votes(observer).Skip(before)).Distinct();
        Assert.That(all.CountBy(v => (v.Height, v.Round, v.Kind)).Where(c => c.Value > 1), Is.Empty);
    }

    [Test, CancelAfter(120_000)]
    public async Task A_home_that_came_back_from_an_older_copy_says_so_and_votes_no_more()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        for (var i = 0; i < 4; i++)
            net.Start(i);
        await Testnet.Until(() => net.Nodes.All(n => n.Snapshot.State.Height >= 2), 40, "two blocks");
        net.Copy(from: 3, to: 7);
        var copied = net.Nodes.Max(n => n.Snapshot.State.Height);
        await Testnet.Until(() => net.Nodes.All(n => n.Snapshot.State.Height >= copied + 5), 40, "more blocks");
        await net.Stop(net.Nodes[3]);
        using var observer = new Hostile(net);
        await Testnet.Until(() => observer.Connections == 3, 10, "the observer is connected");

        var older = net.Start(3, home: 7);

        var patience = TimeSpan.FromSeconds(40);
        var stopped = await Assert.ThrowsAsync<OperatorException>(() => older.Completion.WaitAsync(patience));
        Assert.That(stopped.Message, Does.Contain("which its sign guard does not know"));
        Assert.That(stopped.Hint, Does.Contain("new home with a new key"));
        Assert.That(net.Nodes[0].Snapshot.State.StandingOf(Testnet.AddressOf(3)).Tombstoned, Is.False);
        Assert.That(Votes(observer), Is.Empty, "it has said nothing");
    }

    [Test, CancelAfter(120_000)]
    public async Task A_validator_that_decides_alone_has_its_lost_blocks_from_a_follower_or_says_that_it_knows_none()
    {
        await using var net = new Testnet(validators: 1, tasks: 0);
        net.Start(0);
        net.Start(1);
        await Testnet.Until(() => net.Nodes.TrueForAll(n => n.Snapshot.State.Height >= 2), 40, "two blocks");
        net.Copy(from: 0, to: 7);
        var copied = net.Nodes[0].Snapshot.State.Height;
        await Testnet.Until(() => net.Nodes.TrueForAll(n => n.Snapshot.State.Height >= copied + 5), 40, "more blocks");
        await net.Stop(net.Nodes[0]);
        var last = net.Nodes[0].Snapshot.State.Height;
        net.ReplaceChain(from: 7, to: 0);
        net.ForgetPeers(0);

        var alone = net.StartAlone(0);
        var stopped = await Assert.ThrowsAsync<OperatorException>(
            () => alone.Completion.WaitAsync(TimeSpan.FromSeconds(20)));
        await net.Stop(alone);
        Assert.That(stopped.Message, Does.Contain("but the key has signed at height"));
        Assert.That(stopped.Hint, Does.Contain("--peer"));

        var again = net.Start(0);
        await Testnet.Until(() => again.Snapshot.State.Height >= last + 3, 40, "it has them, and decides again");
    }

    [Test, CancelAfter(120_000)]
    public async Task A_validator_that_changes_its_key_never_leaves_the_others_without_a_quorum()
    {
        const int fresh = 5;
        await using var net = new Testnet(validators: 4, tasks: 0);
        for (var i = 0; i < 4; i++)
            net.Start(i);
        var next = net.Start(fresh);
        await net.Stop(net.Nodes[0]);
        await Testnet.Until(() => net.Nodes.TrueForAll(n => n.Snapshot.State.Height >= 2), 40, "two blocks");
        var old = net.Nodes[2];

        var submission = await old.Submit(net.Rotation(from: 3, to: fresh), fee: 0, CancellationToken.None);
        Assert.That(submission.Refused, Is.Null);
        await Testnet.Until(
            () => net.Nodes.TrueForAll(n => n.Snapshot.State.Validators.StakeOf(Testnet.AddressOf(3)) is null), 40,
            "the old key has no power");
        await net.Stop(old);
        var height = next.Snapshot.State.Height;

        await Testnet.Until(() => next.Snapshot.State.Height >= height + 4, 40, "three of four go on");
        Assert.That(next.Snapshot.State.Validators.StakeOf(Testnet.AddressOf(fresh)), Is.EqualTo(10_000));
    }

    [Test]
    public async Task A_fault_on_the_loop_ends_it_with_that_fault()
    {
        using var loop = new NodeLoop(TimeProvider.System);
        loop.Start();
        loop.Post(() => throw new InvalidOperationException("expected this"));

        Assert.That(async () => await loop.Completion,
            Throws.InvalidOperationException.With.Message.EqualTo("expected this"));
        Assert.That(loop.Post(() => { }), Is.False);
        Assert.That(loop.Post(() => { }, bytes: 1 << 30), Is.False, "nobody waits for room in it");
        await Task.CompletedTask;
    }

    [Test]
    public async Task What_waits_for_the_loop_is_bounded_in_bytes()
    {
        using var loop = new NodeLoop(TimeProvider.System);
        var done = 0;
        var posted = 0;
        var posting = Task.Run(() =>
        {
            for (var i = 0; i < 200; i++, Interlocked.Increment(ref posted))
                loop.Post(() => done++, bytes: 1 << 20);
        });

        await Testnet.Until(() => Volatile.Read(ref posted) > 30, 10, "some fit");
        Assert.That(posting.IsCompleted, Is.False);
        loop.Start();
        await posting;
        await Testnet.Until(() => Volatile.Read(ref done) == 200, 10, "all are done in the end");
    }

    private static bool GivesWrongBytes(Func<Digest, byte[]?> read, Digest id) =>
        read(id) is { } bytes && Digest.OfBlob(bytes) != id;

    private static List<Vote> Votes(Hostile observer) =>
        [.. observer.Heard.SelectMany(m => m.Votes).Select(v => v.Vote)
            .Where(v => v.Validator == Testnet.AddressOf(3))];

    private static Digest Commit(string path, ChainState first)
    {
        using var store = Store.Open(path, first, out _);
        var header = new Header(Header.FirstVersion, first.ChainId, 1, first.Time + 1, default, default,
            Block.RootOf([], []), Block.RootOf([]), first.Validators.Digest(), first.NextValidators.Digest(),
            first.Parameters.Digest(), first.Tree.Root, Testnet.AddressOf(0));
        var block = new Block(header, null, [], [], []);
        Assert.That(Transition.TryApply(first, block, out var next), Is.EqualTo(BlockFault.None));
        store.Commit(block, new(1, 0, block.Id, []), next!);
        return store.PutBlob([1, 2, 3]);
    }

    private static StoreException? Damage(string path, ChainState first, Digest blob)
    {
        try
        {
            using var store = Store.Open(path, first, out var tip);
            Assert.That(tip.Height, Is.EqualTo(1));
            _ = store.Block(1);
            _ = store.Blob(blob);
            return null;
        }
        catch (StoreException e)
        {
            return e;
        }
    }

    private static void FlipLastBit(string path, string family)
    {
        using var db = RocksDb.Open(path, Store.Families, new());
        // Of the state, the second leaf: an account. Of the tree, a node of the newest version.
        var all = db.Scan(family).ToList();
        var (key, value) = family == "state" ? all[1] : all[^1];
        value[^1] ^= 1;
        var batch = new WriteBatch();
        batch.Put(family, key, value);
        db.Write(batch, sync: true);
    }
}
