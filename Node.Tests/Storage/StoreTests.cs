using Ledger.Consensus.Chain;
using Ledger.Consensus.State;
using Ledger.Consensus.Tree;
using Ledger.Node.Storage;
using Ledger.Node.Tests.Consensus.State;
using Ledger.Node.Tests.Consensus.Tree;

namespace Ledger.Node.Tests.Storage;

/// <summary>The state's tree on disk: its versions, and what is left of them when they are old.</summary>
public class StoreTests
{
    private const int Kept = (int)StorageLimits.StateVersionsMin;

    private TemporaryDirectory home = null!;

    [SetUp]
    public void MakeHome() => home = new();

    [TearDown]
    public void RemoveHome() => home.Dispose();

    [Test]
    public void The_tree_of_each_kept_version_proves_what_was_then()
    {
        var chain = Fill(blocks: Kept + 20, out var accounts);
        using var store = Store.Open(home["chain"], FirstState.From(chain.Genesis), out var tip);
        Assert.That(tip.Tree.Root, Is.EqualTo(chain.State.Tree.Root));
        for (var height = 21; height <= Kept + 20; height++)
        {
            var tree = store.TreeOf((ulong)height)!;
            var range = HashRange.Of(StateLeaves.KeyOf(chain.Who(6)));
            var proof = tree.Prove(range, out var leaves);
            Assert.That(RangeProof.Verify(tree.Root, range, SomeTree.Pairs(leaves), proof));
            Assert.That(StateLeaves.ReadAccount(leaves.Single().Value), Is.EqualTo(accounts[height]));
        }
        Assert.That(accounts.Values.Distinct().Count(), Is.EqualTo(accounts.Count));
    }

    [Test]
    public void Older_versions_leave_nothing_behind()
    {
        var chain = Fill(blocks: 3 * Kept, out _);
        using (var store = Store.Open(home["chain"], FirstState.From(chain.Genesis), out _))
            for (ulong height = 0; height <= 3 * Kept; height++)
                Assert.That(store.TreeOf(height), height <= 2 * Kept ? Is.Null : Is.Not.Null, $"height {height}");

        using var db = RocksDb.Open(home["chain"], Store.Families, new());
        var stale = db.Scan("stale").Count();
        Assert.That(db.Scan("nodes").Count() - stale, Is.EqualTo(Reachable(db, chain.State)), "and no live node went");
        Assert.That(stale, Is.LessThan(Kept * 12));
    }

    private SomeChain Fill(int blocks, out Dictionary<int, Account> accounts)
    {
        var chain = new SomeChain();
        accounts = [];
        using var store = Store.Open(home["chain"], chain.State, out var first);
        chain.State = first;
        for (var height = 1; height <= blocks; height++)
        {
            var block = chain.Build([chain.From(6, new Payload.Transfer(chain.Who(1), 1))]);
            var certificate = chain.Certify(block);
            chain.Apply(block);
            chain.State = store.Commit(block, certificate, chain.State);
            accounts[height] = chain.State.AccountOf(chain.Who(6));
        }
        return chain;
    }

    private static int Reachable(RocksDb db, ChainState state)
    {
        var (read, count) = (new StateNodes(db), 0);
        StateTree.Of(key =>
        {
            count++;
            return read.Read(key);
        }, state.Height).LeavesFrom(default).ToList().ForEach(_ => { });
        // The root is read once more than it is there, to know its hash.
        return count - 1;
    }
}
