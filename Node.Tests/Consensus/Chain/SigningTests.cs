using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Node.Tests.Consensus.Codec;

namespace Ledger.Node.Tests.Consensus.Chain;

/// <summary>A signature holds for one chain, one kind of object and one content.</summary>
public class SigningTests
{
    private static readonly Digest Other = Some.Digest(200);

    [Test]
    public void What_was_signed_for_another_chain_is_refused()
    {
        Assert.That(Verifier.Check(Wire.Chain, Wire.Vote(null)), Is.Not.Null);
        Assert.That(Verifier.Check(Wire.Chain, Wire.Vote(null, Other)), Is.Null);
        Assert.That(Verifier.Check(Wire.Chain, Wire.Proposal(2)), Is.Not.Null);
        Assert.That(Verifier.Check(Wire.Chain, Wire.Proposal(2, Other)), Is.Null);
        Assert.That(Verifier.Check(Wire.Chain, Wire.Transaction(new Payload.Stake(1))), Is.Not.Null);
        Assert.That(Verifier.Check(Wire.Chain, Wire.Transaction(new Payload.Stake(1), Other)), Is.Null);
    }

    [Test]
    public void Two_chains_sign_different_digests()
    {
        // Turns red where a digest forgets the chain: then a vote of a test network would count in the real one.
        var (vote, proposal, transaction) =
            (Wire.Vote(null).Vote, Wire.Proposal(2).Proposal, Wire.Transaction(new Payload.Stake(1)).Body);

        Assert.That(vote.SigningDigest(Wire.Chain), Is.Not.EqualTo(vote.SigningDigest(Other)));
        Assert.That(proposal.SigningDigest(Wire.Chain), Is.Not.EqualTo(proposal.SigningDigest(Other)));
        Assert.That(transaction.Id(Wire.Chain), Is.Not.EqualTo(transaction.Id(Other)));
    }

    [Test]
    public void Every_field_of_a_vote_is_signed()
    {
        var vote = Wire.Vote(Some.Digest(5)).Vote;
        Vote[] others =
        [
            vote with { Kind = VoteKind.Precommit }, vote with { Height = 301 }, vote with { Round = 3 },
            vote with { Block = null }, vote with { Block = Some.Digest(6) }, vote with { Validator = Wire.Who(9) },
        ];

        Assert.That(others.Select(v => v.SigningDigest(Wire.Chain)),
            Is.Unique.And.None.EqualTo(vote.SigningDigest(Wire.Chain)));
    }

    [Test]
    public void Every_field_of_a_proposal_is_signed()
    {
        var proposal = Wire.Proposal(2).Proposal;
        Proposal[] others =
        [
            proposal with { Height = 301 }, proposal with { Round = 4 }, proposal with { ValidRound = null },
            proposal with { ValidRound = 0 }, proposal with { Block = Some.Digest(6) },
            proposal with { Proposer = Wire.Who(9) },
        ];

        Assert.That(others.Select(p => p.SigningDigest(Wire.Chain)),
            Is.Unique.And.None.EqualTo(proposal.SigningDigest(Wire.Chain)));
    }

    [Test]
    public void A_proposal_with_content_that_its_header_does_not_commit_to_is_refused()
    {
        var good = Wire.Proposal(2);
        var forged = good with { Block = good.Block with { Transactions = [] } };

        Assert.That(forged.Block.Id, Is.EqualTo(good.Block.Id), "the id alone does not show it");
        Assert.That(Verifier.Check(Wire.Chain, forged), Is.Null);
    }
}
