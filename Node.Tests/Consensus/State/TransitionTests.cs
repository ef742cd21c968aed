using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>Blocks that cannot follow, each with its reason, and stakes that become votes two heights later.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class TransitionTests
{
    private readonly SomeChain chain = new();

    public TransitionTests() => chain.Wait(10);

    private BlockFault With(Func<Header, Header> change)
    {
        var block = chain.Build();
        return chain.Fault(block with { Header = change(block.Header) });
    }

    [Test]
    public void Each_wrong_field_of_a_header_has_its_fault() => Assert.Multiple(() =>
    {
        Assert.That(With(h => h), Is.EqualTo(BlockFault.None));
        Assert.That(With(h => h with { Version = 2 }), Is.EqualTo(BlockFault.WrongVersion));
        Assert.That(With(h => h with { ChainId = default }), Is.EqualTo(BlockFault.WrongChain));
        Assert.That(With(h => h with { Height = h.Height + 1 }), Is.EqualTo(BlockFault.WrongHeight));
        Assert.That(With(h => h with { Height = h.Height - 1 }), Is.EqualTo(BlockFault.WrongHeight));
        Assert.That(With(h => h with { PreviousBlock = default }), Is.EqualTo(BlockFault.WrongPreviousBlock));
        Assert.That(With(h => h with { Time = chain.State.Time }), Is.EqualTo(BlockFault.TimeNotAfterPrevious));
        Assert.That(With(h => h with { Validators = default }), Is.EqualTo(BlockFault.WrongValidators));
        Assert.That(With(h => h with { NextValidators = default }), Is.EqualTo(BlockFault.WrongValidators));
        Assert.That(With(h => h with { StateRoot = default }), Is.EqualTo(BlockFault.WrongStateRoot));
        Assert.That(With(h => h with { Proposer = chain.Who(5) }), Is.EqualTo(BlockFault.WrongProposer));
        Assert.That(With(h => h with { ContentRoot = default }), Is.EqualTo(BlockFault.WrongContentRoot));
    });

    [Test]
    public void A_block_at_the_end_of_time_is_refused_and_overflows_nothing(
        [Values(Limits.TimeMax + 1, ulong.MaxValue)] ulong time)
    {
        var block = chain.Build([chain.From(0, new Payload.Unstake(1_000))]);

        Assert.That(chain.Fault(block with { Header = block.Header with { Time = time } }),
            Is.EqualTo(BlockFault.TimeOutOfRange));
    }

    [Test]
    public void A_last_commit_that_proves_nothing_is_refused()
    {
        var good = chain.Build();
        Assert.That(WithCommit(null), Is.EqualTo(BlockFault.WrongLastCommit));
        Assert.That(WithCommit(good.LastCommit! with { Signatures = good.LastCommit.Signatures[..2] }),
            Is.EqualTo(BlockFault.WrongLastCommit));
        Assert.That(WithCommit(good.LastCommit! with { Round = 1 }), Is.EqualTo(BlockFault.WrongLastCommit));
        Assert.That(WithCommit(good.LastCommit! with { Block = default }), Is.EqualTo(BlockFault.WrongLastCommit));
        var twice = good.LastCommit!.Signatures[0];
        Assert.That(WithCommit(good.LastCommit with { Signatures = [twice, twice, twice, twice] }),
            Is.EqualTo(BlockFault.WrongLastCommit));
        Assert.That(WithCommit(good.LastCommit with { Signatures = good.LastCommit.Signatures[..3] }),
            Is.EqualTo(BlockFault.None), "three of four suffice");

        BlockFault WithCommit(CommitCertificate? commit) => chain.Fault(good with
        {
            LastCommit = commit,
            Header = good.Header with { PreviousCommit = Block.CommitDigest(commit) },
        });
    }

    [Test]
    public void A_bad_signature_and_a_refused_transaction_spoil_a_block()
    {
        var good = chain.From(1, new Payload.Transfer(chain.Who(2), 5));

        Assert.That(chain.Fault(chain.Build([good with { Signature = default }])), Is.EqualTo(BlockFault.BadSignature));
        Assert.That(chain.Fault(chain.Build([good, good])), Is.EqualTo(BlockFault.RejectedTransaction));
    }

    [Test]
    public void A_block_above_the_size_limit_is_refused()
    {
        var recipe = "\"" + new string('x', 60_000) + "\"";
        var spec = SomeChain.Spec(reward: 0) with { Recipe = recipe };
        var transactions = Enumerable.Range(0, 18)
            .Select(i => chain.From(1, new Payload.CreateTask(spec), ahead: (ulong)i));

        Assert.That(chain.Fault(chain.Build(transactions)), Is.EqualTo(BlockFault.TooLarge));
    }

    [Test]
    public void Stake_of_one_height_votes_two_heights_later()
    {
        chain.Next(chain.From(5, new Payload.Stake(1_333)));
        Assert.That(chain.State.NextValidators.StakeOf(chain.Who(5)), Is.EqualTo(1_333), "announced for h + 2");
        Assert.That(chain.State.Validators.StakeOf(chain.Who(5)), Is.Null, "h + 1");
        chain.Wait(10);
        Assert.That(chain.State.Validators.StakeOf(chain.Who(5)), Is.EqualTo(1_333));
        chain.Wait(10);
        Assert.That(chain.State.LastValidators.StakeOf(chain.Who(5)), Is.EqualTo(1_333));
    }

    [Test]
    public void Unstaked_tokens_come_back_after_the_unbonding_time_and_not_before()
    {
        var before = chain.State.AccountOf(chain.Who(3)).Balance;
        chain.Next(chain.From(3, new Payload.Unstake(1_000)));
        var at = chain.State.Unbondings.Keys.Single().At;
        Assert.That(at - chain.State.Time, Is.InRange(5_000, 5_000 + 5_000 / Limits.UnbondingSteps + 1));
        chain.Wait(at - chain.State.Time - 1);
        Assert.That(chain.State.AccountOf(chain.Who(3)).Balance, Is.EqualTo(before - 1));
        chain.Wait(1);

        Assert.That(chain.State.AccountOf(chain.Who(3)).Balance, Is.EqualTo(before - 1 + 1_000));
    }

    [Test]
    public void One_validator_cannot_make_the_list_of_unbondings_grow_without_end()
    {
        chain.Next(chain.From(3, new Payload.Stake(50_000)));
        for (var block = 0; block < 3; block++)
            chain.Next([.. Enumerable.Range(0, 1_000)
                .Select(i => chain.From(3, new Payload.Unstake(1), ahead: (ulong)i))]);

        Assert.That(chain.State.Unbondings, Has.Count.LessThan(10));
    }

    [Test]
    public void The_state_that_a_proposer_picks_for_is_the_one_that_the_block_meets()
    {
        chain.Reach(Phase.Commit, 4, 5);
        chain.Next(chain.From(4, chain.Promise(4)));
        var reveal = chain.From(4, chain.Opening(4));
        var meets = Transition.Close(chain.Begin(SomeChain.Window), []);

        Assert.That(Transition.TryTransaction(ref meets, reveal.Body, chain.Who(0)), Is.EqualTo(Rejection.None));
        Assert.That(chain.Fault(chain.Build([reveal], after: SomeChain.Window)), Is.EqualTo(BlockFault.None));
    }
}
