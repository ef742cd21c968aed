using Ledger.Consensus.Chain;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>Whose turn it is, who takes its rows back, and when a task has learnt what it can.</summary>
public class SamplingTests
{
    [Test]
    public void A_half_of_the_contributors_is_drawn_and_nobody_waits_for_the_others()
    {
        var chain = Halved();
        var drawn = Drawn(chain);

        Assert.That(drawn, Has.Length.EqualTo(2));
        chain.Next([.. drawn.Select(i => chain.From(i, chain.Promise(i)))]);

        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Reveal));
        Assert.That(chain.State.Tasks[chain.Task].Shards.Values.Select(shard => shard.Active), Is.All.True,
            "whose turn it was not has missed nothing");
    }

    [Test]
    public void Everybody_has_a_turn()
    {
        var chain = Halved(rounds: 40);
        var seen = new HashSet<int>();
        for (var round = 0; round < 20; round++)
        {
            var drawn = Drawn(chain);
            seen.UnionWith(drawn);
            chain.Reach(Phase.Close, drawn);
            chain.Close(chain.Closing(100 + round));
        }
        Assert.That(seen, Is.EquivalentTo(new[] { 3, 4, 5, 6 }));
    }

    [Test]
    public void No_fewer_are_drawn_than_a_round_needs()
    {
        var chain = new SomeChain(minContributors: 3, with: spec => spec with { FractionTrain = 1 });
        chain.Reach(Phase.Commit, 3, 4, 5, 6);
        Assert.That(Drawn(chain), Has.Length.EqualTo(3));
    }

    [Test]
    public void A_drawn_round_outlives_a_restart()
    {
        var chain = Halved();
        var drawn = Drawn(chain);

        chain.State = chain.Restarted()!;

        Assert.That(Drawn(chain), Is.EqualTo(drawn));
    }

    [Test]
    public void Whoever_withdraws_its_rows_is_in_no_later_round_until_it_submits_them_again()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Commit, 4, 5, 6);
        chain.Next(chain.From(6, new Payload.WithdrawShard(chain.Task)));
        Assert.That(chain.Try(6, chain.Promise(6)), Is.EqualTo(Rejection.NoShard));

        chain.Next(chain.From(4, chain.Promise(4)), chain.From(5, chain.Promise(5)));
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Reveal), "nobody waits for 6");
        Assert.That(chain.Try(6, new Payload.WithdrawShard(chain.Task)), Is.EqualTo(Rejection.NoShard));
        Assert.That(chain.Try(6, chain.Shard()), Is.EqualTo(Rejection.None));
    }

    [Test]
    public void What_was_promised_before_the_withdrawal_may_still_be_opened()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Reveal, 4, 5);
        chain.Next(chain.From(5, new Payload.WithdrawShard(chain.Task)));

        chain.Next(chain.From(4, chain.Opening(4)), chain.From(5, chain.Opening(5)));
        chain.Reach(Phase.Close, 4, 5);
        var before = chain.State.AccountOf(chain.Who(5)).Balance;
        chain.Close(chain.Closing());

        Assert.That(chain.State.AccountOf(chain.Who(5)).Balance, Is.EqualTo(before + 10 + 50), "deposit and reward");
    }

    [Test]
    public void The_terms_of_a_shard_stand_on_the_chain()
    {
        var chain = new SomeChain();
        chain.Next(chain.From(4, chain.Shard() with { Terms = "CC-BY-4.0" }));
        Assert.That(chain.Restarted()!.Tasks[chain.Task].Shards[chain.Who(4)].Terms,
            Is.EqualTo("CC-BY-4.0"));
    }

    [Test]
    public void A_task_ends_after_so_many_fruitless_rounds_in_a_row_and_gives_the_rest_back()
    {
        var chain = new SomeChain(rounds: 10, with: spec => spec with { Patience = 2 });
        Fruitless(chain);
        Round(chain);
        Fruitless(chain);
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Commit), "fruitless, but not in a row");

        chain.State = chain.Restarted()!;
        var before = chain.State.AccountOf(chain.Who(0)).Balance;
        Fruitless(chain);

        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Finished));
        Assert.That(chain.State.AccountOf(chain.Who(0)).Balance - before, Is.GreaterThanOrEqualTo(900));
        Assert.That(chain.State.Tasks[chain.Task].Pool, Is.Zero);
    }

    [Test]
    public void Rounds_to_which_too_few_came_say_nothing_about_the_model()
    {
        var chain = new SomeChain(rounds: 10, with: spec => spec with { Patience = 1 });
        chain.Reach(Phase.Commit, 4, 5);
        chain.Next(chain.From(4, chain.Promise(4)));
        chain.Wait(SomeChain.Window);
        chain.Reach(Phase.Close, 4);
        chain.Close(chain.CarryOver());

        Assert.That(chain.Round.Phase, Is.Not.EqualTo(Phase.Finished));
    }

    [Test]
    public void Without_patience_a_task_goes_on_to_its_last_round()
    {
        var chain = new SomeChain(rounds: 10);
        for (var round = 0; round < 9; round++)
            Fruitless(chain);
        Assert.That((chain.Round.Number, chain.Round.Phase), Is.EqualTo((10U, Phase.Commit)));
    }

    private static SomeChain Halved(uint rounds = 3)
    {
        var chain = new SomeChain(rounds, with: spec => spec with { FractionTrain = 500 });
        chain.Reach(Phase.Commit, 3, 4, 5, 6);
        return chain;
    }

    private static int[] Drawn(SomeChain chain) =>
        [.. Enumerable.Range(3, 4).Where(i => Sampling.Takes(chain.State.Tasks[chain.Task], chain.Who(i)))];

    private static void Round(SomeChain chain)
    {
        chain.Reach(Phase.Close, 4, 5);
        chain.Close(chain.Closing());
    }

    // Both take part, and both updates are refused.
    private static void Fruitless(SomeChain chain)
    {
        chain.Reach(Phase.Close, 4, 5);
        chain.Close(chain.CarryOver() with
        {
            Verdicts = [.. chain.Round.Included.Select(_ => new Verdict(2, -100, 0, 0, Verdict.NormOne))],
        });
    }
}
