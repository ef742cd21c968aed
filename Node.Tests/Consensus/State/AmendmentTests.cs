using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>Validators change the chain's rules: by more than two thirds of the stake, at a height.</summary>
public class AmendmentTests
{
    private SomeChain chain = null!;

    private ChainParameters Faster => chain.State.Parameters with { BlockInterval = 7 };

    [SetUp]
    public void Begin()
    {
        chain = new();
        chain.Next();
    }

    [Test]
    public void What_more_than_two_thirds_vote_for_holds_from_its_height_on()
    {
        var amendment = new Amendment(chain.State.Height + 6, 2, Faster);
        Vote(0, amendment);
        Vote(1, amendment);
        Assert.That(chain.State.Scheduled, Is.Null, "two of four are not more than two thirds");
        Vote(2, amendment);
        Assert.That(chain.State.Scheduled, Is.EqualTo(amendment));
        Assert.That(chain.State.AmendmentVotes, Is.Empty);

        while (chain.State.Height < amendment.Height - 2)
            chain.Next();
        Assert.That((chain.State.Version, chain.State.Parameters.BlockInterval), Is.EqualTo((1, 20)));
        chain.Next();
        Assert.That((chain.State.Version, chain.State.Parameters), Is.EqualTo((2, Faster)));
        Assert.That(chain.State.Scheduled, Is.Null);
    }

    [Test]
    public void A_block_of_the_old_rules_does_not_follow_the_new_ones()
    {
        var amendment = new Amendment(chain.State.Height + 5, 2, Faster);
        foreach (var i in new[] { 0, 1, 2 })
            Vote(i, amendment);
        var old = chain.State.Parameters;
        chain.Next();
        var good = chain.Build();

        Assert.That(chain.Fault(good), Is.EqualTo(BlockFault.None));
        Assert.That(chain.Fault(good with { Header = good.Header with { Version = 1 } }),
            Is.EqualTo(BlockFault.WrongVersion));
        Assert.That(chain.Fault(good with { Header = good.Header with { Parameters = old.Digest() } }),
            Is.EqualTo(BlockFault.WrongParameters));
    }

    [Test]
    public void Votes_for_different_amendments_do_not_add_up_and_the_last_one_counts()
    {
        var height = chain.State.Height + 20;
        Vote(0, new(height, 1, Faster));
        Vote(1, new(height, 1, Faster));
        Vote(2, new(height + 1, 1, Faster));
        Vote(3, new(height, 2, Faster));
        Assert.That(chain.State.Scheduled, Is.Null);

        Vote(2, new(height, 1, Faster));
        Assert.That(chain.State.Scheduled, Is.EqualTo(new Amendment(height, 1, Faster)));
    }

    [Test]
    public void What_is_scheduled_can_be_taken_back_by_as_many()
    {
        var height = chain.State.Height + 20;
        foreach (var i in new[] { 0, 1, 2 })
            Vote(i, new(height, 2, Faster));
        foreach (var i in new[] { 0, 1, 3 })
            Vote(i, new(height, 1, chain.State.Parameters));

        while (chain.State.Height <= height)
            chain.Next();
        Assert.That((chain.State.Version, chain.State.Parameters.BlockInterval), Is.EqualTo((1, 20)));
    }

    [Test]
    public void Votes_whose_height_has_come_are_forgotten()
    {
        Vote(0, new(chain.State.Height + 4, 1, Faster));
        Assert.That(chain.State.AmendmentVotes, Has.Count.EqualTo(1));
        chain.Next();
        chain.Next();

        Assert.That(chain.State.AmendmentVotes, Is.Empty);
    }

    [Test]
    public void A_vote_counts_as_long_as_its_validator_does()
    {
        var amendment = new Amendment(chain.State.Height + 100, 1, Faster);
        Vote(0, amendment);
        Vote(1, amendment);
        chain.Next(chain.From(0, new Payload.Unstake(1_000)));
        while (chain.State.Validators.StakeOf(chain.Who(0)) is not null)
            chain.Next();
        Vote(2, amendment);

        Assert.That(chain.State.Scheduled, Is.Null, "two of the three that are left");
    }

    [Test]
    public void Amendments_stand_in_the_state_root_and_in_snapshots()
    {
        var height = chain.State.Height + 50;
        Vote(0, new(height + 1, 1, Faster));
        foreach (var i in new[] { 1, 2, 3 })
            Vote(i, new(height, 2, Faster));
        var state = chain.Restarted()!;

        Assert.That(state.Tree.Root, Is.EqualTo(chain.State.Tree.Root));
        Assert.That(state.Scheduled, Is.EqualTo(chain.State.Scheduled).And.Not.Null);
        Assert.That(state.AmendmentVotes, Is.EqualTo(chain.State.AmendmentVotes).And.Count.EqualTo(1));
    }

    [TestCase(1, Rejection.AmendmentOutOfTime, TestName = "the height of this block is too late")]
    [TestCase(10_000_002, Rejection.AmendmentOutOfTime, TestName = "heights years ahead are too early")]
    public void Heights_out_of_time_are_refused(int ahead, Rejection expected) => Assert.That(
        chain.Try(0, new Payload.Amend(new(chain.State.Height + (ulong)ahead, 1, Faster))), Is.EqualTo(expected));

    [Test]
    public void The_periods_on_which_light_clients_rely_and_versions_out_of_order_are_refused()
    {
        var (height, now) = (chain.State.Height + 50, chain.State.Parameters);
        foreach (var (version, parameters) in new[]
        {
            (1u, now with { Unbonding = now.Unbonding + 1 }), (1u, now with { EvidenceAge = now.EvidenceAge - 1 }),
            (1u, now with { TrustingPeriod = now.TrustingPeriod - 1 }), (1u, now with { VoteTimeout = 0 }),
            (1u, now with { MinimumStake = 0 }), (0u, now), (3u, now),
        })
            Assert.That(chain.Try(0, new Payload.Amend(new(height, version, parameters))),
                Is.EqualTo(Rejection.AmendmentMalformed));
        Assert.That(chain.Try(4, new Payload.Amend(new(height, 1, Faster))), Is.EqualTo(Rejection.NotValidator));
    }

    [Test]
    public void A_parameter_beyond_its_bound_is_not_read()
    {
        var bytes = new Writer();
        new Amendment(9, 1, new() { SlashPerMille = 1_001 }).Write(bytes);
        var reader = new Reader(bytes.Written);
        Amendment.Read(ref reader);

        Assert.That(reader.Finished, Is.False);
    }

    private void Vote(int index, Amendment amendment) => chain.Next(chain.From(index, new Payload.Amend(amendment)));
}
