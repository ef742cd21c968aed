using System.Buffers.Binary;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>From one validator set to the next: bounded, never empty, and in the end where the stakes are.</summary>
public class PowerShiftTests
{
    private static Address Who(int number)
    {
        var key = new byte[PublicKey.Size];
        BinaryPrimitives.WriteInt32BigEndian(key, number);
        return new(PublicKey.From(key));
    }

    private static (Address, ulong)[] Stakes(params (int Who, ulong Stake)[] stakes) =>
        [.. stakes.OrderBy(s => s.Who).Select(s => (Who(s.Who), s.Stake))];

    private static ValidatorSet Set(params (int Who, ulong Stake)[] stakes) =>
        new(stakes.Select(s => new Validator(Who(s.Who), s.Stake, 0)));

    private static ValidatorSet Next(ValidatorSet set, IReadOnlyList<(Address, ulong)> target) =>
        Proposers.WithStakes(Proposers.Advance(set), PowerShift.Toward(set, target));

    private static int Blocks(ValidatorSet set, IReadOnlyList<(Address, ulong)> target, int most = 1_000)
    {
        var blocks = 0;
        for (; !set.Validators.Select(v => (v.Address, v.Stake)).SequenceEqual(target); blocks++)
        {
            Assert.That(blocks, Is.LessThan(most), "it does not arrive");
            var next = Next(set, target);
            AssertBounded(set, next);
            set = next;
        }
        return blocks;
    }

    private static void AssertBounded(ValidatorSet before, ValidatorSet after)
    {
        UInt128 moved = 0;
        foreach (var address in before.Validators.Concat(after.Validators).Select(v => v.Address).Distinct())
        {
            var (old, now) = (before.StakeOf(address) ?? 0, after.StakeOf(address) ?? 0);
            moved += old > now ? old - now : now - old;
        }
        Assert.That(3 * moved, Is.LessThan((UInt128)before.TotalStake));
        Assert.That(after.TotalStake, Is.LessThanOrEqualTo(Limits.SupplyMax));
        Assert.That(after.Validators, Has.Length.InRange(1, Limits.ValidatorsMax));
    }

    [Test]
    public void One_of_three_leaves_in_two_blocks_and_one_of_four_in_one() => Assert.Multiple(() =>
    {
        Assert.That(Blocks(Set((1, 1_000), (2, 1_000), (3, 1_000)), Stakes((1, 1_000), (2, 1_000))), Is.EqualTo(2));
        Assert.That(Blocks(Set((1, 1_000), (2, 1_000), (3, 1_000), (4, 1_000)),
            Stakes((1, 1_000), (2, 1_000), (3, 1_000))), Is.EqualTo(1));
    });

    [Test]
    public void Exactly_a_third_is_too_much_and_one_less_is_not()
    {
        var set = Set((1, 2_000), (2, 1_000));
        Assert.That(PowerShift.Toward(set, Stakes((1, 3_000), (2, 1_000))), Is.EqualTo(Stakes((1, 2_999), (2, 1_000))));
        Assert.That(PowerShift.Toward(set, Stakes((1, 2_999), (2, 1_000))), Is.EqualTo(Stakes((1, 2_999), (2, 1_000))));
    }

    [Test]
    public void Whoever_has_to_go_is_not_kept_by_others_who_gain()
    {
        var set = Set((1, 1_000), (2, 1_000), (3, 1_000));
        var shifted = PowerShift.Toward(set, Stakes((1, 1_000_000), (2, 1_000)));

        Assert.That(shifted, Is.EqualTo(Stakes((1, 1_500), (2, 1_000), (3, 501))));
    }

    [Test]
    public void The_only_validator_can_hand_over_to_another([Values(4UL, 5UL, 7UL, 1_000UL, 1UL << 59)] ulong stake) =>
        Assert.That(Blocks(Set((1, stake)), Stakes((2, stake))), Is.LessThan(20));

    [Test]
    public void S13_All_hundred_seats_change_hands_and_none_is_given_twice()
    {
        var old = Set([.. Enumerable.Range(0, 100).Select(i => (2 * i, 1_000UL))]);
        var target = Stakes([.. Enumerable.Range(0, 100).Select(i => (2 * i + 1, 1_000UL))]);

        Assert.That(Blocks(old, target), Is.InRange(5, 12));
    }

    [Test]
    public void Without_anybody_who_may_vote_the_set_stays() =>
        Assert.That(PowerShift.Toward(Set((1, 5), (2, 6)), []), Is.EqualTo(Stakes((1, 5), (2, 6))));

    [Test]
    public void From_the_least_stake_to_the_whole_supply_and_back_nothing_overflows()
    {
        Assert.That(Blocks(Set((1, 4)), Stakes((1, Limits.SupplyMax))), Is.LessThan(200));
        Assert.That(Blocks(Set((1, Limits.SupplyMax)), Stakes((1, 4))), Is.LessThan(200));
        Assert.That(Blocks(Set((1, Limits.SupplyMax)), Stakes((2, Limits.SupplyMax))), Is.LessThan(200));
        Assert.That(Blocks(Set((1, Limits.SupplyMax - 4), (2, 4)), Stakes((1, 4), (2, Limits.SupplyMax - 4))),
            Is.LessThan(200));
    }

    [Test]
    public void B19_Random_updates_over_thousands_of_blocks_keep_every_bound([Range(1, 4)] int seed)
    {
        var random = new Random(seed);
        var set = Set((1, 1_000), (2, 1_000), (3, 1_000), (4, 1_000));
        var target = Stakes((1, 1_000));
        for (var block = 0; block < 2_000; block++)
        {
            if (random.Next(5) == 0)
                target = AnyTarget(random);
            var next = Next(set, target);
            AssertBounded(set, next);
            Assert.That(Again(next), Is.EqualTo(next), "priorities and stakes stay within what decodes");
            set = next;
        }
        if (target.Length > 0)
            Blocks(set, target);
    }

    [Test]
    public void B20_A_set_read_back_proposes_as_the_original_does()
    {
        var random = new Random(7);
        var set = Set((1, 1_000), (2, 3_000), (3, 500));
        for (var block = 0; block < 50; block++)
            set = Next(set, AnyTarget(random));
        var copy = Again(set);
        for (var height = 0; height < 1_000; height++)
        {
            Assert.That(Proposers.Proposer(copy, 0), Is.EqualTo(Proposers.Proposer(set, 0)));
            (set, copy) = (Proposers.Advance(set), Proposers.Advance(copy));
        }
    }

    private static (Address, ulong)[] AnyTarget(Random random)
    {
        var all = (ulong)random.NextInt64(1_000_000) << random.Next(0, 38);
        var count = random.Next(8) switch { 0 => 0, 1 => 1, 2 => Limits.ValidatorsMax, _ => random.Next(2, 12) };
        return Stakes([.. Enumerable.Range(0, 150).OrderBy(_ => random.Next()).Take(count)
            .Select(who => (who, 4 + (ulong)random.NextInt64((long)(all / 100) + 1)))]);
    }

    private static ValidatorSet Again(ValidatorSet set)
    {
        var writer = new Writer();
        set.Write(writer);
        var reader = new Reader(writer.Written);
        return ValidatorSet.Read(ref reader)!;
    }
}
