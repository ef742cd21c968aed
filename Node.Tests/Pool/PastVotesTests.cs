using Ledger.Consensus.Chain;
using Ledger.Node.Overlay;
using Ledger.Node.Pool;
using Ledger.Node.Tests.Consensus.State;

namespace Ledger.Node.Tests.Pool;

/// <summary>S11: a second machine with the same key is found out although it lags behind by some heights.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class PastVotesTests
{
    private readonly SomeChain chain = new();
    private readonly PastVotes past = new();

    public PastVotesTests()
    {
        for (var i = 0; i < 3; i++)
        {
            chain.Wait(100);
            past.Decided(chain.Commit!);
        }
    }

    private SignedVote Vote(int who, ulong height, VoteKind kind = VoteKind.Precommit, int? block = null)
    {
        var vote = new Vote(kind, height, 0, block is { } b ? Some.Digest(b) : null, chain.Who(who));
        return new(vote, chain.Keys[who].Sign(vote.SigningDigest(chain.State.ChainId)));
    }

    [Test]
    public void A_late_vote_against_a_certificate_is_proof([Values(1UL, 2UL, 3UL)] ulong height)
    {
        var evidence = past.Contradicted(Vote(2, height))!;

        Assert.That(evidence.IsProof(chain.State.ChainId));
        Assert.That((evidence.Offender, evidence.Height), Is.EqualTo((chain.Who(2), height)));
    }

    [Test]
    public void A_late_vote_against_one_that_was_heard_is_proof()
    {
        past.Keep(Vote(2, 3, VoteKind.Prevote, block: 5));

        Assert.That(past.Contradicted(Vote(2, 3, VoteKind.Prevote, block: 6))!.IsProof(chain.State.ChainId));
        Assert.That(past.Contradicted(Vote(2, 3, VoteKind.Prevote, block: 5)), Is.Null, "the same vote, again");
        Assert.That(past.Contradicted(Vote(3, 3, VoteKind.Prevote, block: 6)), Is.Null, "nothing known of that one");
    }

    [Test]
    public void A_forged_late_vote_proves_nothing()
    {
        var forged = Vote(2, 3) with { Signature = default };

        Assert.That(past.Contradicted(forged)!.IsProof(chain.State.ChainId), Is.False);
    }

    [Test]
    public void Heights_long_decided_are_forgotten()
    {
        for (ulong i = 0; i < OverlayLimits.PastHeightsMax; i++)
        {
            chain.Wait(10);
            past.Decided(chain.Commit!);
        }
        Assert.That(past.Contradicted(Vote(2, 3)), Is.Null);
        Assert.That(past.Contradicted(Vote(2, 4)), Is.Not.Null);
    }

    [Test]
    public void One_height_keeps_so_many_votes_and_no_more()
    {
        for (uint round = 0; round < OverlayLimits.VotesPerHeightMax + 10; round++)
            past.Keep(new(new Vote(VoteKind.Prevote, 4, round, Some.Digest(1), chain.Who(1)), default));
        SignedVote Late(uint round) => new(new Vote(VoteKind.Prevote, 4, round, null, chain.Who(1)), default);

        Assert.That(past.Contradicted(Late(OverlayLimits.VotesPerHeightMax - 1)), Is.Not.Null);
        Assert.That(past.Contradicted(Late(OverlayLimits.VotesPerHeightMax)), Is.Null);
    }
}
