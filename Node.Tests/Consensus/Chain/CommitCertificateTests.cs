using Ledger.Consensus.Chain;
using Ledger.Node.Tests.Consensus.Codec;

namespace Ledger.Node.Tests.Consensus.Chain;

/// <summary>A certificate proves a decision, or it proves nothing.</summary>
public class CommitCertificateTests
{
    private static readonly CommitCertificate Good = Wire.Certificate();

    private static readonly ValidatorSet Four = new(
        Enumerable.Range(1, 4).Select(i => new Validator(Wire.Who(i), 1, 0)));

    [Test]
    public void Three_of_four_prove_a_decision() => Assert.That(Good.Verify(Wire.Chain, Four));

    [Test]
    public void Two_of_four_do_not() =>
        Assert.That((Good with { Signatures = Good.Signatures[..2] }).Verify(Wire.Chain, Four), Is.False);

    [Test]
    public void One_signer_twice_counts_for_nothing() =>
        Assert.That((Good with { Signatures = [Good.Signatures[0], .. Good.Signatures] }).Verify(Wire.Chain, Four),
            Is.False);

    [Test]
    public void Signers_out_of_order_are_refused() =>
        Assert.That((Good with { Signatures = [.. Good.Signatures.Reverse()] }).Verify(Wire.Chain, Four), Is.False);

    [Test]
    public void B26_a_bad_signature_beyond_the_quorum_is_noticed() // cometbft#5663, #5860
    {
        var five = new ValidatorSet(
            Enumerable.Range(1, 3).Select(i => new Validator(Wire.Who(i), i == 2 ? 100u : 1u, 0)));
        for (var i = 0; i < 3; i++)
        {
            var (validator, _) = Good.Signatures[i];
            var forged = Good with { Signatures = Good.Signatures.SetItem(i, (validator, default)) };
            Assert.That(forged.Verify(Wire.Chain, five), Is.False, $"signature {i}");
        }
    }

    [Test]
    public void Strangers_other_chains_rounds_and_blocks_prove_nothing()
    {
        var strangers = new ValidatorSet([new(Wire.Who(1), 100, 0), new(Wire.Who(2), 100, 0)]);

        Assert.That(Good.Verify(Wire.Chain, strangers), Is.False);
        Assert.That(Good.Verify(Some.Digest(1), Four), Is.False);
        Assert.That((Good with { Round = 2 }).Verify(Wire.Chain, Four), Is.False);
        Assert.That((Good with { Block = Some.Digest(7) }).Verify(Wire.Chain, Four), Is.False);
    }

    [Test]
    public void Equal_certificates_are_equal()
    {
        Assert.That(Wire.Certificate(), Is.EqualTo(Good));
        Assert.That(Good with { Signatures = Good.Signatures[..2] }, Is.Not.EqualTo(Good));
    }
}
