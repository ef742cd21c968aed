using System.Buffers.Binary;
using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>The edges of the rules, one by one: each was found as a changed rule that no other test noticed.</summary>
public class RuleEdgeTests
{
    private static readonly ulong Minimum = SomeChain.Short.MinimumStake;

    [Test]
    public void A_scorer_speaks_for_at_most_twice_the_lower_median_of_the_stakes()
    {
        var chain = new SomeChain(committee: 4);
        Grow(chain, 0, 50_000);
        Grow(chain, 1, 10_000);
        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, chain.Shard()))]);

        Assert.That(Enumerable.Range(0, 4).Select(i => chain.Round.Scorers[chain.Who(i)].Weight),
            Is.EqualTo(new[] { 2_000, 2_000, 1_000, 1_000 }));
    }

    [Test]
    public void Scorers_are_drawn_by_the_lot_along_their_stakes_in_the_order_of_their_addresses()
    {
        var chain = new SomeChain(committee: 1);
        Grow(chain, 2, 1_000);
        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, chain.Shard()))]);
        var drawn = new HashSet<Address>();
        for (var round = 0; round < 12; round++)
        {
            Assert.That(chain.Round.Scorers.Keys, Is.EqualTo(new[] { Drawn(chain) }));
            drawn.Add(Drawn(chain));
            chain.Wait(SomeChain.Window);
            chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, chain.Shard()))]);
        }
        Assert.That(drawn, Has.Count.GreaterThan(2));
    }

    [Test]
    public void The_largest_stakes_get_the_seats_and_the_lower_address_among_equal_ones()
    {
        var chain = new SomeChain();
        var state = chain.State;
        var crowd = Enumerable.Range(0, 110).Select(Stranger).Order().ToList();
        for (var i = 0; i < crowd.Count; i++)
            state = state.With(crowd[i], new Account(0, i < 10 ? 900UL : 2_000, 0));
        for (var block = 0; block < 400; block++)
            state = Validators.Rotate(state);

        var elected = state.NextValidators.Validators.Select(v => v.Address);
        Assert.That(elected, Is.EqualTo(crowd.Skip(10)), "the four of 1,000 and those below the minimum are out");

        state = state.With(crowd[0], new Account(0, 2_000, 0));
        for (var block = 0; block < 400; block++)
            state = Validators.Rotate(state);
        elected = state.NextValidators.Validators.Select(v => v.Address);
        Assert.That(elected, Is.EqualTo(crowd[..1].Concat(crowd.Skip(10).SkipLast(1))), "101 want 100 seats");
    }

    [Test]
    public void All_that_one_has_can_be_spent_and_not_a_token_more()
    {
        var chain = new SomeChain();
        var all = chain.State.AccountOf(chain.Who(4)).Balance;
        Assert.That(chain.Try(4, new Payload.Transfer(chain.Who(5), all - 3), fee: 3), Is.EqualTo(Rejection.None));
        Assert.That(chain.Try(4, new Payload.Transfer(chain.Who(5), all - 2), fee: 3),
            Is.EqualTo(Rejection.InsufficientFunds));

        chain.State = chain.State.With(chain.Who(7), new Account(5, 0, 0));
        Assert.That(chain.Try(7, new Payload.Unjail(), fee: 5), Is.EqualTo(Rejection.NotJailed), "the fee is paid");
        Assert.That(chain.Try(7, new Payload.Unjail(), fee: 6), Is.EqualTo(Rejection.InsufficientFunds));
    }

    [Test]
    public void A_stake_is_the_minimum_or_more()
    {
        var chain = new SomeChain();
        Assert.That(chain.Try(4, new Payload.Stake(Minimum - 1)), Is.EqualTo(Rejection.StakeBelowMinimum));
        Assert.That(chain.Try(4, new Payload.Stake(Minimum)), Is.EqualTo(Rejection.None));
    }

    [TestCase(-1, Rejection.StakeBelowMinimum)]
    [TestCase(0, Rejection.None)]
    [TestCase(1, Rejection.None)]
    public void Who_comes_out_of_jail_needs_the_minimum_stake(int more, Rejection expected)
    {
        var chain = new SomeChain();
        chain.State = chain.State
            .With(chain.Who(5), new Account(10, (ulong)((long)Minimum + more), 0))
            .With(chain.Who(5), new Standing(0, JailedUntil: chain.State.Time, Tombstoned: false));

        Assert.That(chain.Try(5, new Payload.Unjail()), Is.EqualTo(expected));
    }

    [Test]
    public void Who_stays_a_voter_keeps_what_it_has_missed_in_the_first_seat_too([Range(0, 3)] int index)
    {
        var chain = new SomeChain();
        var state = chain.State.With(chain.Who(index), new Standing(3, null, false));
        var same = Attendance.Forget(state, state.Validators, state.Validators);

        Assert.That(same.StandingOf(chain.Who(index)).Missed, Is.EqualTo(3));
    }

    [Test]
    public void A_rotated_key_answers_until_its_power_is_gone_in_the_first_seat_too([Range(0, 3)] int index)
    {
        var chain = new SomeChain();
        chain.Next(chain.From(index, chain.Rotation(index, 7)));
        Assert.That(chain.State.Validators.IndexOf(chain.Who(index)), Is.Not.Negative);
        Assert.That(chain.State.Rotations[chain.Who(index)].Left, Is.Null);

        while (chain.State.Validators.IndexOf(chain.Who(index)) >= 0)
            chain.Next();
        Assert.That(chain.State.Rotations[chain.Who(index)].Left, Is.Not.Null);
    }

    [TestCase(0UL, Rejection.None)]
    [TestCase(1UL, Rejection.AmendmentOutOfTime)]
    public void An_amendment_lies_at_most_so_far_ahead(ulong further, Rejection expected)
    {
        var chain = new SomeChain();
        for (var i = 0; i < 5; i++)
            chain.Next();
        var at = chain.State.Height + Limits.AmendmentAheadMax + further;

        Assert.That(Amendments.Check(chain.State, new(at, chain.State.Version, chain.State.Parameters)),
            Is.EqualTo(expected));
    }

    [TestCase(0U, 0U, Rejection.CountsOutOfRange)]
    [TestCase(5U, 4U, Rejection.CountsOutOfRange)]
    [TestCase(4U, 4U, Rejection.None)]
    [TestCase(20U, 20U, Rejection.None)]
    [TestCase(20U, 21U, Rejection.CountsOutOfRange)]
    public void No_more_rows_are_right_than_were_counted_and_no_more_counted_than_held_out(
        uint correct, uint total, Rejection expected)
    {
        var chain = new SomeChain();
        chain.Next(chain.From(4, chain.Shard()), chain.From(5, chain.Shard()));
        var start = chain.State.Tasks[chain.Task].Results[0];

        Assert.That(chain.Try(4, new Payload.Evaluate(chain.Task, 0, start.Parameters, correct, total, 1)),
            Is.EqualTo(expected));
    }

    [Test]
    public void Little_to_gain_leaves_room_to_lose_and_the_reverse()
    {
        var set = new SomeChain().State.Validators;
        var who = set.Validators.Select(v => v.Address).ToList();

        Assert.That(PowerShift.Toward(set, [(who[0], 1_001), (who[1], 1_000), (who[2], 1_000)]),
            Is.EqualTo(new[] { (who[0], 1_001UL), (who[1], 1_000UL), (who[2], 1_000UL) }), "all of 1,000 at once");
        Assert.That(PowerShift.Toward(set, [(who[0], 2_000), (who[1], 999), (who[2], 1_000), (who[3], 1_000)]),
            Is.EqualTo(new[] { (who[0], 2_000UL), (who[1], 999UL), (who[2], 1_000UL), (who[3], 1_000UL) }));
    }

    [Test]
    public void Where_all_take_part_nobody_is_drawn()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Reveal, 4, 5);

        Assert.That((chain.Round.Threshold, chain.Round.Draw), Is.EqualTo((ulong.MaxValue, default(Digest))));
    }

    [Test]
    public void A_round_in_which_nobody_opened_anything_closes_without_asking_who_holds_what()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Reveal, 4, 5);
        chain.Wait(SomeChain.Window);

        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Close));
    }

    [Test]
    public void Once_a_round_closes_its_roots_are_fixed_whoever_held_them()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Close, 4, 5);
        var task = chain.State.Tasks[chain.Task];
        var fixedOnes = task with { Round = task.Round with { IncludedRoots = [chain.Who(1)] } };

        Assert.That(Rounds.IncludedRoots(chain.State, fixedOnes), Is.EqualTo(new[] { chain.Who(1) }));
        Assert.That(Rounds.Included(chain.State, fixedOnes), Has.Length.EqualTo(2));
    }

    [TestCase(false, 0UL, BlockFault.None)]
    [TestCase(true, 0UL, BlockFault.WrongLastCommit)]
    [TestCase(false, 1UL, BlockFault.WrongLastCommit)]
    public void A_commit_is_of_the_block_before_and_of_its_height(bool other, ulong higher, BlockFault expected)
    {
        var chain = new SomeChain();
        chain.Next();
        var block = other ? Some.Digest(5) : chain.State.LastBlock;
        var height = chain.State.Height + higher;
        var signers = chain.State.LastValidators.Validators.Select(v => v.Address);
        var commit = new CommitCertificate(height, 0, block, [.. signers.Select((who, i) => (who, chain.Keys[i].Sign(
            new Vote(VoteKind.Precommit, height, 0, block, who).SigningDigest(chain.State.ChainId))))]);

        Assert.That(chain.Fault(chain.Build(lastCommit: commit)), Is.EqualTo(expected));
    }

    [TestCase(0UL, BlockFault.None)]
    [TestCase(1UL, BlockFault.TimeOutOfRange)]
    public void Time_ends(ulong later, BlockFault expected)
    {
        var chain = new SomeChain();

        Assert.That(chain.Fault(chain.Build(after: Limits.TimeMax - chain.State.Time + later)), Is.EqualTo(expected));
    }

    [TestCase(0UL)]
    [TestCase(1UL)]
    [TestCase(5_000UL)]
    [TestCase(6_400UL)]
    [TestCase(1_000_001UL)]
    public void Unbonding_ends_at_the_first_point_of_its_grid_after_the_unbonding_time(ulong unbonding)
    {
        var chain = new SomeChain();
        for (ulong time = 1_000_000; time < 1_000_200; time++)
        {
            var state = chain.State with { Time = time, Parameters = SomeChain.Short with { Unbonding = unbonding } };
            var at = Unbonding.Begin(state, chain.Who(0)).At;
            var step = Math.Max(1, (ulong)Math.Ceiling(unbonding / (decimal)Limits.UnbondingSteps));

            Assert.That(at, Is.InRange(time + unbonding, time + unbonding + step - 1));
            Assert.That(at % step, Is.Zero);
        }
    }

    [Test]
    public void What_is_paid_follows_what_updates_were_worth_of_late_and_not_this_round_alone()
    {
        var chain = new SomeChain();
        Finish(chain, Verdict.MeritOne, 0);
        Finish(chain, Verdict.MeritOne, Verdict.MeritOne);

        var paid = chain.State.Tasks[chain.Task].Results[^1].Paid;
        Assert.That(paid[0].Reward, Is.GreaterThan(paid[1].Reward), "the second was worth nothing a round ago");
        Assert.That(paid[1].Reward, Is.Positive);
    }

    [Test]
    public void Where_all_places_are_taken_one_that_missed_its_round_gives_way()
    {
        var chain = new SomeChain();
        var full = Enumerable.Range(0, Limits.ContributorsMax).ToImmutableSortedDictionary(
            Stranger, i => new Shard(default, default, 1, 1, 1, Active: i != 7));
        var state = chain.State.With(chain.State.Tasks[chain.Task] with { Shards = full });

        Assert.That(Transition.TryTransaction(ref state, chain.From(5, chain.Shard()).Body, chain.Who(0)),
            Is.EqualTo(Rejection.None));
        Assert.That(state.Tasks[chain.Task].Shards.Keys,
            Is.EquivalentTo(full.Keys.Except([Stranger(7)]).Append(chain.Who(5))));
    }

    private static Address Stranger(int number) => new(PublicKey.From(Digest.OfBytes([(byte)number]).ToArray()));

    private static void Finish(SomeChain chain, params uint[] merits)
    {
        chain.Reach(Phase.Close, 4, 5);
        chain.Close(chain.Closing() with
        {
            Verdicts = [.. merits.Select(merit => new Verdict(0, 0, 1, merit, Verdict.NormOne))],
        });
    }

    // Stake that is bonded becomes power step by step.
    private static void Grow(SomeChain chain, int index, ulong amount)
    {
        chain.Next(chain.From(index, new Payload.Stake(amount)));
        while (chain.State.Validators.StakeOf(chain.Who(index)) < 1_000 + amount)
            chain.Next();
    }

    // The rule in its own words.
    private static Address Drawn(SomeChain chain)
    {
        var task = chain.State.Tasks[chain.Task];
        var lot = BinaryPrimitives.ReadUInt128BigEndian(Digest.Of("ledger/committee", new Writer().Array(4)
            .Digest(Lots.Latest(chain.State, task)).Digest(chain.Task).UInt(chain.Round.Number).UInt(0).ToArray())
            .ToArray());
        var places = chain.State.Validators.Validators.OrderBy(v => v.Address)
            .SelectMany(v => Enumerable.Repeat(v.Address, (int)(v.Stake / 1_000))).ToList();
        return places[(int)(lot % ((ulong)places.Count * 1_000) / 1_000)];
    }
}
