using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Consensus.Tree;
using Ledger.Node.Tests.Consensus.Tree;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>The state root commits to every leaf, and the leaves hold the whole state.</summary>
public class StateTreeTests
{
    private static SomeChain Busy()
    {
        var chain = new SomeChain();
        chain.Next(chain.From(3, new Payload.Stake(1_000)), chain.From(3, new Payload.Unstake(1_000), ahead: 1));
        chain.Reach(Phase.Close, 4, 5, 6);
        return chain;
    }

    [Test]
    public void No_two_leaves_share_a_key() =>
        Assert.That(StateLeaves.All(Busy().State).Select(l => Convert.ToHexString(l.Key)), Is.Unique);

    [Test]
    public void The_root_that_grew_block_by_block_is_that_of_all_leaves()
    {
        var chain = Busy();
        for (uint round = 1; round <= 2; round++)
        {
            chain.Reach(Phase.Close, 4, 5, 6);
            chain.Close(chain.Closing());
            AssertRebuilt(chain);
            chain.Next(chain.From(4, new Payload.Evaluate(chain.Task, round, Some.Digest(5), 3, 4, 5)));
            AssertRebuilt(chain);
            chain.Wait(SomeChain.Window);
            AssertRebuilt(chain);
        }
        Assert.That(chain.State.Tasks[chain.Task].Results, Has.Length.EqualTo(3));
    }

    [Test]
    public void No_two_kinds_of_leaves_share_a_key() => Assert.That(StateLeaves.KindBytes, Is.Unique);

    [Test]
    public void A_change_that_no_commit_took_up_changes_no_root()
    {
        var chain = Busy();
        var touched = chain.State.With(chain.Who(1), new Account(1, 2, 3));

        Assert.That(touched.Tree, Is.SameAs(chain.State.Tree));
        Assert.That(touched.Accounts.Changed, Is.EqualTo(new[] { chain.Who(1) }));
        Assert.That(chain.State.Accounts.Changed, Is.Empty);
    }

    [Test]
    public void The_result_that_makes_a_model_canonical_is_a_small_leaf()
    {
        var chain = Busy();
        chain.Close(chain.Closing());
        chain.State.Tree.Prove(HashRange.Of(TaskLeaves.KeyOfResult(chain.Task, 1)), out var leaves);

        Assert.That(leaves.Single().Value, Has.Length.LessThan(100));
        Assert.That(TaskLeaves.ReadResult(leaves.Single().Value)!.Parameters, Is.EqualTo(Some.Digest(5)));
    }

    [Test]
    public void A_round_that_waits_for_its_aggregate_comes_back_with_what_it_includes()
    {
        var chain = Busy();
        var back = chain.Restarted()!;

        Assert.That(Rounds.Included(back, back.Tasks[chain.Task]),
            Is.EqualTo(new[] { chain.Who(4), chain.Who(5), chain.Who(6) }));
        Assert.That(back.Unbondings, Is.EqualTo(chain.State.Unbondings));
    }

    [Test]
    public void A_leaf_with_any_byte_changed_is_no_state_or_the_state_of_just_this_leaf()
    {
        var chain = Busy();
        var genesis = FirstState.From(chain.Genesis);
        var leaves = SomeChain.Leaves(chain.State);
        var good = 0;
        for (var i = 0; i < leaves.Count; i++)
            for (var place = 0; place < leaves[i].Value.Length; place += 5)
            {
                var value = (byte[])leaves[i].Value.Clone();
                value[place] ^= 1;
                var changed = leaves.ToList();
                changed[i] = (leaves[i].Key, value);
                if (StateLeaves.ToState(genesis, changed) is not { } state)
                    continue;
                good++;
                Assert.That(state.Tree.Root, Is.Not.EqualTo(chain.State.Tree.Root));
                Assert.That(SomeChain.Leaves(state), Is.EqualTo(changed), $"kind {leaves[i].Key[0]}, byte {place}");
            }
        Assert.That(good, Is.GreaterThan(100));
    }

    [Test]
    public void A_validator_set_beyond_the_supply_does_not_decode()
    {
        var writer = new Writer().Array(20);
        foreach (var key in Enumerable.Range(1, 20).Select(i => Some.Key(i).PublicKey).Order())
            writer.Array(3).PublicKey(key).UInt(Limits.SupplyMax).UInt(0);
        var reader = new Reader(writer.Written);

        Assert.That(ValidatorSet.Read(ref reader), Is.Null);
    }

    [Test]
    public void Words_of_former_validators_do_not_pile_up()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Attest, 4, 5);
        var task = chain.State.Tasks[chain.Task];
        var held = task.Round.Held;
        for (var i = 0; i < Limits.ValidatorsMax; i++)
            held = held.Add(new(PublicKey.From(Digest.OfBytes([3, (byte)i]).ToArray())), new([chain.Who(4)], []));
        var state = chain.State.With(task with { Round = task.Round with { Held = held } });
        Transition.TryTransaction(ref state, chain.From(0, chain.Word(4)).Body, chain.Who(0));

        Assert.That(chain.Restarted(state), Is.Not.Null);
    }

    private static void AssertRebuilt(SomeChain chain) =>
        Assert.That(RebuiltTree.Root(SomeChain.Leaves(chain.State)), Is.EqualTo(chain.State.Tree.Root));
}
