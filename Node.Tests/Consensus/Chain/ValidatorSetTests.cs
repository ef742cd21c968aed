using Ledger.Consensus.Chain;
using Ledger.Node.Tests.Consensus.Engine;

namespace Ledger.Node.Tests.Consensus.Chain;

/// <summary>Who has a quorum, and whose turn it is.</summary>
public class ValidatorSetTests
{
    [TestCase(new ulong[] { 1, 1, 1 }, 2UL, false, true)]
    [TestCase(new ulong[] { 1, 1, 1 }, 3UL, true, true)]
    [TestCase(new ulong[] { 1, 1, 1 }, 1UL, false, false)]
    [TestCase(new ulong[] { 1, 1, 1, 1 }, 2UL, false, true)]
    [TestCase(new ulong[] { 1, 1, 1, 1 }, 3UL, true, true)]
    [TestCase(new ulong[] { 1, 1, 1, 100 }, 68UL, false, true)]
    [TestCase(new ulong[] { 1, 1, 1, 100 }, 69UL, true, true)]
    [TestCase(new ulong[] { 1, 1, 1, 100 }, 34UL, false, false)]
    [TestCase(new ulong[] { 1, 1, 1, 100 }, 35UL, false, true)]
    [TestCase(new ulong[] { 33, 33, 34 }, 66UL, false, true)]
    [TestCase(new ulong[] { 33, 33, 34 }, 67UL, true, true)]
    [TestCase(new ulong[] { 33, 33, 34 }, 33UL, false, false)]
    [TestCase(new ulong[] { 33, 33, 34 }, 34UL, false, true)]
    [TestCase(new ulong[] { 1UL << 60 }, 1UL << 60, true, true)]
    public void Thresholds_are_strictly_more_than_two_thirds_and_one_third(
        ulong[] stakes, ulong stake, bool quorum, bool honest)
    {
        var set = Set(stakes);
        Assert.That((set.IsQuorum(stake), set.HasHonest(stake)), Is.EqualTo((quorum, honest)));
    }

    [TestCase(new ulong[] { 1, 1, 1, 1 })]
    [TestCase(new ulong[] { 1, 1, 1, 100 })]
    [TestCase(new ulong[] { 33, 33, 34 })]
    [TestCase(new ulong[] { 1, 2, 3, 4, 5, 6, 7 })]
    [TestCase(new ulong[] { 500, 300, 150, 49, 1 })]
    public void At_every_height_each_has_proposed_within_one_of_its_share(ulong[] stakes)
    {
        var set = Set(stakes);
        var turns = new ulong[stakes.Length];
        for (ulong height = 1; height <= 2 * set.TotalStake; height++)
        {
            turns[set.IndexOf(Proposers.Proposer(set, 0))]++;
            set = Proposers.Advance(set);
            for (var i = 0; i < stakes.Length; i++)
                // |turns - height * stake / total| <= 1, without division.
                Assert.That(Int128.Abs((Int128)turns[i] * set.TotalStake - (Int128)height * stakes[i]),
                    Is.LessThanOrEqualTo((Int128)set.TotalStake), $"validator {i} at height {height}");
        }
        for (var i = 0; i < stakes.Length; i++)
            Assert.That(turns[i], Is.EqualTo(2 * stakes[i]), "over whole cycles the shares are exact");
    }

    [Test]
    public void The_rounds_of_one_height_go_round_and_the_next_height_takes_one_step()
    {
        var set = Set([1, 1, 1, 1]);
        Assert.That(Enumerable.Range(0, 8).Select(r => set.IndexOf(Proposers.Proposer(set, (uint)r))),
            Is.EqualTo(new[] { 0, 1, 2, 3, 0, 1, 2, 3 }));

        Assert.That(Proposers.Proposer(Proposers.Advance(set), 0), Is.EqualTo(Proposers.Proposer(set, 1)));
    }

    [Test]
    public void Who_leaves_and_comes_back_gains_no_turn()
    {
        var set = Set([10, 10, 10]);
        var without = Proposers.WithStakes(set, set.Validators.Take(2).Select(v => (v.Address, v.Stake)));
        var again = Proposers.WithStakes(without, set.Validators.Select(v => (v.Address, v.Stake)));

        Assert.That(Proposers.Proposer(again, 0), Is.Not.EqualTo(set.Validators[2].Address));
        Assert.That(again.Validators[2].Priority, Is.LessThan(again.Validators[0].Priority));
    }

    [Test]
    public void The_digest_covers_the_priorities() => // ASA-2024-009
        Assert.That(Proposers.Advance(Set([1, 2])).Digest(), Is.Not.EqualTo(Set([1, 2]).Digest()));

    [Test]
    public void Members_are_found_and_others_are_not()
    {
        var set = Set([5, 6, 7]);
        for (var i = 0; i < 3; i++)
            Assert.That((set.IndexOf(Table.Seat(i)), set.StakeOf(Table.Seat(i))),
                Is.EqualTo((i, (ulong?)(5 + (ulong)i))));
        Assert.That((set.IndexOf(Table.Seat(3)), set.StakeOf(Table.Seat(3))), Is.EqualTo((-1, (ulong?)null)));
    }

    [Test]
    public void An_empty_set_and_a_member_without_stake_are_refused()
    {
        Assert.That(() => Set([]), Throws.ArgumentException);
        Assert.That(() => Set([1, 0]), Throws.ArgumentException);
    }

    private static ValidatorSet Set(ulong[] stakes) => new(stakes.Select((s, i) => new Validator(Table.Seat(i), s, 0)));
}
