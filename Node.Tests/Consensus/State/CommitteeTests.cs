using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>The committee of roots on the chain: who is drawn, what it may say, what the round makes of it.</summary>
internal sealed class CommitteeTests
{
    [Test]
    public void Scorers_are_validators_with_rows_for_validation()
    {
        var chain = new SomeChain(committee: 3);
        chain.Next(chain.From(0, chain.Shard()), chain.From(1, chain.Shard() with { Validation = 0 }),
            chain.From(4, chain.Shard()));

        Assert.That(chain.Round.Scorers.Keys, Is.EqualTo(new[] { chain.Who(0) }),
            "1 has none, 4 is no validator");
    }

    [Test]
    public void No_more_are_drawn_than_the_task_wants_and_each_speaks_for_its_stake()
    {
        var chain = Begun(committee: 2);

        Assert.That(chain.Round.Scorers, Has.Count.EqualTo(2));
        Assert.That(chain.Round.Scorers.Values.Select(s => s.Weight), Is.All.GreaterThan(0));
    }

    [Test]
    public void Another_round_draws_another_committee()
    {
        var chain = Begun(committee: 1);
        var drawn = new HashSet<Address>();
        for (var round = 0; round < 12; round++)
        {
            drawn.Add(chain.Round.Scorers.Keys.Single());
            chain.Wait(SomeChain.Window);
            chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, chain.Shard()))]);
        }

        Assert.That(drawn, Has.Count.GreaterThan(1));
    }

    [Test]
    public void A_round_waits_for_the_roots_as_for_the_updates()
    {
        var chain = Begun(committee: 4);
        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, chain.Promise(i)))]);
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Commit));

        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, RootPromise(chain, i)))]);
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Reveal));
        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, chain.Opening(i)))]);
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Reveal));
        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, RootOpening(chain, i)))]);
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Attest));
    }

    [Test]
    public void Only_roots_that_two_thirds_of_the_stake_hold_judge()
    {
        var chain = WithOneRoot();

        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Close));
        Assert.That(chain.Round.IncludedRoots, Is.EqualTo(new[] { chain.Who(0) }));
    }

    [Test]
    public void A_closing_brings_a_cosine_of_each_root_to_each_update_and_the_state_keeps_them()
    {
        var chain = WithOneRoot();
        sbyte[] cosines = [127, -127, 0, 5];
        foreach (sbyte[] wrong in (sbyte[][])[[], cosines[..3], [.. cosines, .. cosines]])
            Assert.That(chain.Fault(chain.Build(closings: [chain.Closing() with { Cosines = [.. wrong] }])),
                Is.EqualTo(BlockFault.WrongClosing));

        chain.Close(chain.Closing() with { Cosines = [.. cosines] });
        Assert.That(chain.State.Tasks[chain.Task].Results[^1].Cosines, Is.EqualTo(cosines));
        Assert.That(chain.Restarted()!.Tasks[chain.Task].Results[^1].Cosines, Is.EqualTo(cosines));
    }

    [Test]
    public void A_round_that_closes_with_nothing_included_is_the_same_after_a_restart()
    {
        var chain = AtAttest();
        chain.Wait(SomeChain.Window);
        Assert.That((chain.Round.Phase, chain.Round.Included.Length), Is.EqualTo((Phase.Close, 0)));

        var back = chain.Restarted()!;
        Assert.That(back.Tree.Root, Is.EqualTo(chain.State.Tree.Root));
        Assert.That(back.Tasks[chain.Task].Round.Lot, Is.EqualTo(chain.Round.Lot).And.Not.EqualTo(default(Digest)));
    }

    [Test]
    public void A_scorer_that_promises_no_root_is_not_waited_for_again()
    {
        var chain = Begun(committee: 4);
        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, chain.Promise(i)))]);
        chain.Next([.. Enumerable.Range(0, 3).Select(i => chain.From(i, RootPromise(chain, i)))]);
        chain.Wait(SomeChain.Window);

        Assert.That(chain.State.Tasks[chain.Task].Shards[chain.Who(3)].Active, Is.False);
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Reveal));
    }

    [Test]
    public void Whoever_has_no_seat_cannot_promise_and_no_promise_counts_twice()
    {
        var chain = Begun(committee: 4);

        Assert.That(chain.Try(4, RootPromise(chain, 4)), Is.EqualTo(Rejection.NotScorer));
        chain.Next(chain.From(0, RootPromise(chain, 0)));
        Assert.That(chain.Try(0, RootPromise(chain, 0)), Is.EqualTo(Rejection.AlreadyCommitted));
    }

    [Test]
    public void An_update_cannot_be_opened_as_a_root()
    {
        var chain = Begun(committee: 4);
        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, chain.Promise(i)))]);
        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, new Payload.CommitRoot(
            chain.Task, 1, chain.Promise(i).Commitment)))]);

        Assert.That(chain.Try(0, RootOpening(chain, 0)), Is.EqualTo(Rejection.RevealMismatch));
        Assert.That(chain.Try(0, new Payload.RevealRoot(chain.Task, 1, SomeChain.Salt(0), SomeChain.Blob(0))),
            Is.EqualTo(Rejection.RevealMismatch));
    }

    [Test]
    public void The_refused_earn_nothing_and_rewards_follow_the_merits()
    {
        var chain = Closing();
        chain.Close(chain.Closing() with
        {
            Verdicts =
            [
                new(0, 9, 1, 90_000, 1), new(2, -5, 0, 0, 2), new(0, 9, 1, 30_000, 3), new(0, 9, 2, 100_000, 4),
            ],
        });
        var paid = chain.State.Tasks[chain.Task].Results[^1].Paid;

        Assert.That(paid.Select(p => p.Reward), Is.EqualTo(new ulong[] { 41, 0, 14, 45 }));
        Assert.That(paid.Aggregate(0UL, (sum, p) => sum + p.Reward), Is.EqualTo(100));
    }

    [Test]
    public void Too_few_taken_must_keep_the_parameters_and_pay_nothing()
    {
        var chain = Closing();
        Verdict[] one = [new(0, 9, 1, 65_536, 1), .. Enumerable.Repeat(new Verdict(2, 0, 0, 0, 1), 3)];

        Assert.That(chain.Fault(chain.Build(closings: [chain.Closing() with { Verdicts = [.. one] }])),
            Is.EqualTo(BlockFault.WrongClosing));
        chain.Close(chain.CarryOver() with { Verdicts = [.. one] });
        Assert.That(chain.State.Tasks[chain.Task].Results[^1].Paid.Select(p => p.Reward), Is.All.Zero);
    }

    [Test]
    public void A_closing_with_a_verdict_too_few_is_refused()
    {
        var chain = Closing();

        Assert.That(chain.Fault(chain.Build(closings: [chain.Closing() with { Verdicts = [new(0, 0, 1, 0, 1)] }])),
            Is.EqualTo(BlockFault.WrongClosing));
    }

    [Test]
    public void Whoever_has_lost_its_seat_meanwhile_is_paid_all_the_same()
    {
        var chain = Closing();
        var task = chain.State.Tasks[chain.Task];
        chain.State = chain.State.With(task with { Shards = task.Shards.Remove(chain.Who(3)) });
        chain.Close(chain.Closing());

        Assert.That(chain.State.Tasks[chain.Task].Results[^1].Paid.Select(p => p.Reward), Is.All.EqualTo(25));
    }

    [Test]
    public void One_bad_round_does_not_cost_all_pay()
    {
        Assert.That(Rewards.Smoothed(before: null, 50_000), Is.EqualTo(50_000));
        Assert.That(Rewards.Smoothed(50_000, 0), Is.EqualTo(40_000));
        Assert.That(Rewards.Smoothed(0, 50_000), Is.EqualTo(10_000), "nor does one good round buy all of it");
    }

    [Test]
    public void Rewards_sum_exactly_to_the_pool_over_ten_thousand_random_rounds()
    {
        var random = new Ledger.Learning.SplitMix64(7);
        for (var round = 0; round < 10_000; round++)
        {
            var merits = new uint[1 + random.Below(40)];
            foreach (ref var merit in merits.AsSpan())
                merit = (uint)random.Below(Verdict.ScoreMax + 1);
            var reward = random.Below(1UL << (int)random.Below(60));
            var sum = Rewards.Share(merits, reward).Aggregate(0UL, (total, share) => total + share);
            Assert.That(sum, Is.EqualTo(merits.All(m => m == 0) ? 0 : reward));
        }
    }

    private static SomeChain Begun(uint committee)
    {
        var chain = new SomeChain(committee: committee);
        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, chain.Shard()))]);
        return chain;
    }

    private static SomeChain AtAttest()
    {
        var chain = Begun(committee: 4);
        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, chain.Promise(i)))]);
        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, RootPromise(chain, i)))]);
        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, chain.Opening(i)))]);
        chain.Next([.. Enumerable.Range(0, 4).Select(i => chain.From(i, RootOpening(chain, i)))]);
        return chain;
    }

    private static SomeChain WithOneRoot()
    {
        var chain = AtAttest();
        int[] all = [0, 1, 2, 3];
        Payload.Attest Word(params int[] roots) => new(
            chain.Task, 1, [.. all.Select(chain.Who).Order()], [.. roots.Select(chain.Who).Order()]);
        chain.Next(chain.From(0, Word(0, 1)), chain.From(1, Word(0, 1)), chain.From(2, Word(0)), chain.From(3, Word()));
        chain.Wait(SomeChain.Window);
        return chain;
    }

    private static SomeChain Closing()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Close, 0, 1, 2, 3);
        return chain;
    }

    private static Digest RootBlob(int index) => Some.Digest(160 + index);

    private static Payload.CommitRoot RootPromise(SomeChain chain, int index) => new(
        chain.Task, chain.Round.Number, UpdateCommitment.OfRoot(
            chain.State.ChainId, chain.Task, chain.Round.Number, chain.Round.Parameters, chain.Who(index),
            SomeChain.Salt(index), RootBlob(index)));

    private static Payload.RevealRoot RootOpening(SomeChain chain, int index) =>
        new(chain.Task, chain.Round.Number, SomeChain.Salt(index), RootBlob(index));
}
