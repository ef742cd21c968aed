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
    public void Older_versions_leave_nothing_behind([Values(0, 1)] int more)
    {
        var chain = Fill(blocks: 3 * Kept + more, out _);
        using (var store = Store.Open(home["chain"], FirstState.From(chain.Genesis), out _))
            for (var height = 0; height <= 3 * Kept + more; height++)
                Assert.That(store.TreeOf((ulong)height), height <= 2 * Kept + more ? Is.Null : Is.Not.Null,
                    $"height {height}");

        using var db = RocksDb.Open(home["chain"], Store.Families, new());
        var stale = db.Scan("stale").Count();
        Assert.That(db.Scan("nodes").Count() - stale, Is.EqualTo(Reachable(db, chain.State)), "and no live node went");
        Assert.That(stale, Is.LessThan(Kept * 12));
    }

    [Test]
    public void Blocks_computed_again_give_the_same_state_and_leave_nothing_else_behind([Values(1, 10, 60)] int blocks)
    {
        var chain = Fill(blocks: 60, out _);
        using (var store = Store.Open(home["chain"], FirstState.From(chain.Genesis), out var tip))
        {
            var again = Rollback.Run(store, FirstState.From(chain.Genesis), tip, (ulong)blocks);
            Assert.That((again.Height, again.Tree.Root), Is.EqualTo((60, chain.State.Tree.Root)));
            chain.State = again;
            Extend(store, chain);
        }
        using (Store.Open(home["chain"], FirstState.From(chain.Genesis), out var tip))
            Assert.That(tip.Tree.Root, Is.EqualTo(chain.State.Tree.Root), "and it goes on from there");
        using var db = RocksDb.Open(home["chain"], Store.Families, new());
        Assert.That(db.Scan("nodes").Count() - db.Scan("stale").Count(), Is.EqualTo(Reachable(db, chain.State)));
    }

    [Test]
    public void A_state_that_was_computed_wrongly_is_put_right_by_computing_it_again()
    {
        var chain = Fill(blocks: 20, out _);
        using var store = Store.Open(home["chain"], FirstState.From(chain.Genesis), out var before);
        chain.State = before;
        var block = chain.Build([chain.From(6, new Payload.Transfer(chain.Who(1), 1))]);
        var certificate = chain.Certify(block);
        chain.Apply(block);
        var wrong = chain.State.With(chain.Who(5), chain.State.AccountOf(chain.Who(5)) with { Balance = 1 });
        var tip = store.Commit(block, certificate, StateLeaves.Commit(before, wrong));
        Assert.That(Transition.TryApply(tip, chain.Build(), out _), Is.EqualTo(BlockFault.WrongStateRoot));

        var right = Rollback.Run(store, FirstState.From(chain.Genesis), tip, 1);

        Assert.That(Transition.TryApply(right, chain.Build(), out _), Is.EqualTo(BlockFault.None));
    }

    [Test]
    public void A_block_that_does_not_follow_by_the_rules_of_now_ends_the_store_before_it_and_says_so()
    {
        var chain = Fill(blocks: 20, out _);
        using var store = Store.Open(home["chain"], FirstState.From(chain.Genesis), out var tip);
        var (good, certificate) = store.Block(19)!.Value;
        var bad = good with { Header = good.Header with { Parameters = default } };
        store.Commit(bad, certificate with { Block = bad.Id }, tip);

        Assert.That(() => Rollback.Run(store, FirstState.From(chain.Genesis), tip, 5), Throws.TypeOf<StoreException>()
            .With.Message.EqualTo(
                "block 19 was decided, but does not follow by this program's rules: WrongParameters"));
    }

    [Test]
    public void States_that_are_no_longer_kept_cannot_be_gone_back_to()
    {
        var chain = Fill(blocks: Kept + 20, out _);
        using var store = Store.Open(home["chain"], FirstState.From(chain.Genesis), out var tip);

        Assert.That(() => Rollback.Run(store, FirstState.From(chain.Genesis), tip, Kept + 10),
            Throws.TypeOf<StoreException>().With.Message.EqualTo("the state after block 10 is no longer here"));
        Assert.That(Rollback.Run(store, FirstState.From(chain.Genesis), tip, 1).Tree.Root,
            Is.EqualTo(tip.Tree.Root), "nothing was touched");
    }

    private SomeChain Fill(int blocks, out Dictionary<int, Account> accounts)
    {
        var chain = new SomeChain();
        accounts = [];
        using var store = Store.Open(home["chain"], chain.State, out var first);
        chain.State = first;
        for (var height = 1; height <= blocks; height++)
        {
            Extend(store, chain);
            accounts[height] = chain.State.AccountOf(chain.Who(6));
        }
        return chain;
    }

    private static void Extend(Store store, SomeChain chain)
    {
        var block = chain.Build([chain.From(6, new Payload.Transfer(chain.Who(1), 1))]);
        var certificate = chain.Certify(block);
        chain.Apply(block);
        chain.State = store.Commit(block, certificate, chain.State);
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
