using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

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
    public void Leaves_are_in_ascending_order_of_key_without_doubles()
    {
        var keys = StateTree.Leaves(Busy().State).Select(l => Convert.ToHexString(l.Key)).ToList();

        Assert.That(keys, Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
        Assert.That(keys, Is.Unique);
    }

    [Test]
    public void A_round_that_waits_for_its_aggregate_comes_back_with_what_it_includes()
    {
        var chain = Busy();
        var back = StateTree.FromLeaves(FirstState.From(chain.Genesis), StateTree.Leaves(chain.State))!;

        Assert.That(Rounds.Included(back, back.Tasks[chain.Task]),
            Is.EqualTo(new[] { chain.Who(4), chain.Who(5), chain.Who(6) }));
        Assert.That(back.Unbondings, Is.EqualTo(chain.State.Unbondings));
    }

    [Test]
    public void A_change_of_any_byte_of_any_leaf_changes_the_root_or_is_no_state()
    {
        var chain = Busy();
        var genesis = FirstState.From(chain.Genesis);
        var leaves = StateTree.Leaves(chain.State);
        var root = StateTree.Root(chain.State);
        var good = 0;
        for (var i = 0; i < leaves.Count; i++)
            for (var place = 0; place < leaves[i].Value.Length; place += 5)
            {
                var value = (byte[])leaves[i].Value.Clone();
                value[place] ^= 1;
                var changed = leaves.ToList();
                changed[i] = (leaves[i].Key, value);
                if (StateTree.FromLeaves(genesis, changed) is not { } state)
                    continue;
                good++;
                Assert.That(StateTree.Root(state), Is.Not.EqualTo(root), $"leaf {i}, byte {place}");
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
            held = held.Add(new(PublicKey.From(Digest.OfBlob([3, (byte)i]).ToArray())), [chain.Who(4)]);
        var state = chain.State.With(task with { Round = task.Round with { Held = held } });
        Transition.TryTransaction(ref state, chain.From(0, chain.Word(4)).Body, chain.Who(0));

        Assert.That(StateTree.FromLeaves(FirstState.From(chain.Genesis), StateTree.Leaves(state)), Is.Not.Null);
    }
}
