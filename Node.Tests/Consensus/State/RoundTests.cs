using Ledger.Consensus.Chain;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>The course of a round: it waits for nobody beyond its window, and none can use another's update.</summary>
public class RoundTests
{
    [Test]
    public void Each_window_closes_as_soon_as_everyone_has_acted()
    {
        var chain = new SomeChain();
        var start = chain.State.Time;

        foreach (var phase in new[] { Phase.Commit, Phase.Reveal, Phase.Attest, Phase.Close })
        {
            chain.Reach(phase, 4, 5);
            Assert.That(chain.Round.Phase, Is.EqualTo(phase));
        }
        chain.Close(chain.Closing());

        Assert.That((chain.Round.Number, chain.Round.Phase), Is.EqualTo((2U, Phase.Commit)));
        Assert.That(chain.State.Time - start, Is.LessThan(SomeChain.Window));
    }

    [Test]
    public void Who_is_missing_holds_a_round_up_for_one_window_and_is_not_waited_for_again()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Commit, 4, 5, 6);
        chain.Next(chain.From(4, chain.Promise(4)), chain.From(5, chain.Promise(5)));
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Commit));
        chain.Wait(SomeChain.Window - 20);
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Commit));
        chain.Wait(10);
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Reveal));

        chain.Reach(Phase.Close, 4, 5);
        chain.Close(chain.Closing());
        chain.Next(chain.From(4, chain.Promise(4)), chain.From(5, chain.Promise(5)));
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Reveal), "6 is not waited for in round 2");
    }

    [Test]
    public void Who_was_missing_is_back_with_a_shard_or_a_commitment()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Commit, 4, 5, 6);
        chain.Next(chain.From(4, chain.Promise(4)), chain.From(5, chain.Promise(5)));
        chain.Wait(SomeChain.Window);
        Assert.That(chain.State.Tasks[chain.Task].Shards[chain.Who(6)].Active, Is.False);

        chain.Next(chain.From(6, chain.Shard()));
        Assert.That(chain.State.Tasks[chain.Task].Shards[chain.Who(6)].Active, Is.True);
    }

    [Test]
    public void A_round_to_which_nobody_commits_waits_without_end_or_loop()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Commit, 4, 5);
        chain.Wait(SomeChain.Window);

        Assert.That((chain.Round.Number, chain.Round.Phase), Is.EqualTo((1U, Phase.Waiting)));
        chain.Next(chain.From(4, chain.Shard()), chain.From(5, chain.Shard()));
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Commit));
    }

    [Test]
    public void An_update_that_was_not_to_be_had_costs_half_its_deposit()
    {
        var chain = new SomeChain(deposit: 11);
        chain.Reach(Phase.Attest, 4, 5, 6);
        var before = chain.State.AccountOf(chain.Who(6)).Balance;
        chain.Next([.. Enumerable.Range(0, 4).Select(v => chain.From(v, chain.Word(4, 5)))]);
        chain.Wait(SomeChain.Window);
        Assert.That(chain.Round.Included, Has.Length.EqualTo(2));
        chain.Close(chain.Closing());

        Assert.That(chain.State.AccountOf(chain.Who(6)).Balance, Is.EqualTo(before + 6));
        Assert.That(chain.State.Tasks[chain.Task].Pool, Is.EqualTo(300 - 100 + 5));
    }

    [Test]
    public void Revealers_get_their_deposits_back_and_others_lose_them_to_the_pool()
    {
        var chain = new SomeChain(reward: 101);
        chain.Reach(Phase.Reveal, 4, 5, 6);
        var before = Enumerable.Range(4, 3).Select(i => chain.State.AccountOf(chain.Who(i)).Balance).ToArray();
        chain.Next(chain.From(4, chain.Opening(4)), chain.From(5, chain.Opening(5)));
        chain.Wait(SomeChain.Window);
        chain.Reach(Phase.Close, 4, 5);
        chain.Close(chain.Closing());

        // Fee 1, deposit 10; the odd token of 101 goes to the first in order.
        Assert.That(Enumerable.Range(4, 3).Select(i => chain.State.AccountOf(chain.Who(i)).Balance),
            Is.EqualTo(new[] { before[0] - 1 + 10 + 51, before[1] - 1 + 10 + 50, before[2] }));
        Assert.That(chain.State.Tasks[chain.Task].Pool, Is.EqualTo(3 * 101 - 101 + 10));
    }

    [Test]
    public void Rewards_sum_to_the_reward_whatever_the_number(
        [Range(1, 7)] int contributors, [Values(0UL, 1UL, 6UL, 100UL)] ulong reward)
    {
        var chain = new SomeChain(reward: reward, minContributors: 1);
        chain.Reach(Phase.Close, [.. Enumerable.Range(0, contributors)]);
        chain.Close(chain.Closing());
        var paid = chain.State.Tasks[chain.Task].Results[^1].Paid;

        ulong sum = 0;
        foreach (var payment in paid)
            sum += payment.Reward;
        Assert.That(sum, Is.EqualTo(reward));
        Assert.That(paid.Max(p => p.Reward) - paid.Min(p => p.Reward), Is.LessThanOrEqualTo(1));
    }

    [Test]
    public void What_is_left_in_the_pool_returns_to_the_owner_at_the_end()
    {
        var chain = new SomeChain(rounds: 1);
        chain.Reach(Phase.Commit, 4, 5);
        chain.Next(chain.From(4, chain.Promise(4)), chain.From(5, chain.Promise(5)));
        chain.Wait(SomeChain.Window);
        var before = chain.State.AccountOf(chain.Who(0)).Balance;
        chain.Close(chain.CarryOver());

        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Finished));
        Assert.That(chain.State.AccountOf(chain.Who(0)).Balance, Is.EqualTo(before + 100 + 2 * 10));
        Assert.That(chain.State.Tasks[chain.Task].Pool, Is.Zero);
    }

    [Test]
    public void An_update_is_included_only_with_more_than_two_thirds_of_the_stake()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Attest, 4, 5);
        chain.Next(chain.From(0, chain.Word(4, 5)), chain.From(1, chain.Word(4, 5)));
        Assert.That(Rounds.Included(chain.State, chain.State.Tasks[chain.Task]), Is.Empty, "half of the stake");
        chain.Next(chain.From(2, chain.Word(4)));

        Assert.That(Rounds.Included(chain.State, chain.State.Tasks[chain.Task]), Is.EqualTo(new[] { chain.Who(4) }));
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Attest));
        chain.Wait(SomeChain.Window);
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Close));
    }

    [Test]
    public void With_too_few_updates_the_parameters_are_carried_over_and_nothing_else_is_accepted()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Attest, 4, 5);
        chain.Next([.. Enumerable.Range(0, 3).Select(v => chain.From(v, chain.Word(4)))]);
        chain.Wait(SomeChain.Window);
        var before = chain.Round.Parameters;

        Assert.That(chain.Fault(chain.Build(closings: [chain.Closing()])), Is.EqualTo(BlockFault.WrongClosing));
        Assert.That(chain.Fault(chain.Build(closings: [chain.CarryOver() with { Exponent = 9 }])),
            Is.EqualTo(BlockFault.WrongClosing));
        chain.Close(chain.CarryOver());
        Assert.That(chain.Round.Parameters, Is.EqualTo(before));
        Assert.That(chain.State.Tasks[chain.Task].Results[^1].Paid, Is.Empty);
    }

    [Test]
    public void A_closing_too_early_of_another_round_or_twice_is_refused()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Attest, 4, 5);
        Assert.That(chain.Fault(chain.Build(closings: [chain.Closing()])), Is.EqualTo(BlockFault.WrongClosing));
        chain.Reach(Phase.Close, 4, 5);

        Assert.That(chain.Fault(chain.Build(closings: [chain.Closing() with { Round = 2 }])),
            Is.EqualTo(BlockFault.WrongClosing));
        Assert.That(chain.Fault(chain.Build(closings: [chain.Closing() with { Task = default }])),
            Is.EqualTo(BlockFault.WrongClosing));
        Assert.That(chain.Fault(chain.Build(closings: [chain.Closing(), chain.Closing()])),
            Is.EqualTo(BlockFault.WrongClosing));
    }

    [Test]
    public void Nobody_can_open_a_copied_commitment()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Commit, 4, 5);
        chain.Next(chain.From(4, chain.Promise(4)), chain.From(5, chain.Promise(4)));

        Assert.That(chain.Try(5, chain.Opening(4)), Is.EqualTo(Rejection.RevealMismatch));
        Assert.That(chain.Try(4, chain.Opening(4)), Is.EqualTo(Rejection.None));
    }

    [Test]
    public void A_commitment_of_another_chain_round_task_or_base_cannot_be_opened([Range(0, 3)] int foreign)
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Commit, 4, 5);
        var commitment = UpdateCommitment.Of(
            foreign == 0 ? Some.Digest(99) : chain.State.ChainId,
            foreign == 1 ? Some.Digest(99) : chain.Task,
            foreign == 2 ? 2 : chain.Round.Number,
            foreign == 3 ? Some.Digest(99) : chain.Round.Parameters,
            chain.Who(4), SomeChain.Salt(4), SomeChain.Blob(4));
        chain.Next(chain.From(4, chain.Promise(4) with { Commitment = commitment }), chain.From(5, chain.Promise(5)));

        Assert.That(chain.Try(4, chain.Opening(4)), Is.EqualTo(Rejection.RevealMismatch));
    }

    [Test]
    public void The_included_set_does_not_change_once_the_round_waits_for_its_aggregate()
    {
        var chain = new SomeChain();
        chain.Reach(Phase.Attest, 4, 5);
        // Validators 0 to 2 attest and make the quorum; 6 stakes much in the same block and votes two heights later.
        chain.Next(
            chain.From(0, chain.Word(4, 5)), chain.From(1, chain.Word(4, 5)), chain.From(6, new Payload.Stake(50_000)));
        chain.Next(chain.From(2, chain.Word(4, 5)));
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Close));
        var atClose = new[] { chain.Who(4), chain.Who(5) };

        chain.Wait(10);

        Assert.That(Rounds.Included(chain.State, chain.State.Tasks[chain.Task]), Is.EqualTo(atClose));
    }
}
