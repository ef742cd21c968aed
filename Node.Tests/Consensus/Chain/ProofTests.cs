using Ledger.Consensus.Chain;
using Ledger.Node.Tests.Consensus.Codec;

namespace Ledger.Node.Tests.Consensus.Chain;

/// <summary>Polka and round certificates: each signature counts, and each field is under them.</summary>
public class ProofTests
{
    private static readonly ValidatorSet Four = new(
        Enumerable.Range(1, 4).Select(i => new Validator(Wire.Who(i), 1, 0)));

    [Test]
    public void Three_of_four_prove_a_polka_and_the_right_to_enter_a_round()
    {
        Assert.That(Wire.Polka().Verify(Wire.Chain, Four));
        Assert.That(Wire.Entry().Verify(Wire.Chain, Four));
    }

    [Test]
    public void B26_a_bad_signature_beyond_the_quorum_is_noticed() // cometbft#5663, #5860
    {
        var giant = new ValidatorSet(Four.Validators.Select((v, i) => v with { Stake = i == 1 ? 100u : 1u }));
        for (var i = 0; i < 3; i++)
        {
            var polka = Wire.Polka();
            var entry = Wire.Entry();
            var forged = polka with
            {
                Signatures = polka.Signatures.SetItem(i, (polka.Signatures[i].Validator, default)),
            };
            var altered = entry with { Ballots = entry.Ballots.SetItem(i, new(entry.Ballots[i].Vote, default)) };
            Assert.That(forged.Proves(giant) && altered.Proves(giant), "enough stake signed");
            Assert.That(forged.IsSigned(Wire.Chain) || altered.IsSigned(Wire.Chain), Is.False, $"signature {i}");
            Assert.That(Verifier.Check(Wire.Chain, forged) ?? Verifier.Check(Wire.Chain, altered), Is.Null);
        }
    }

    [Test]
    public void Every_field_is_signed()
    {
        var (polka, entry) = (Wire.Polka(), Wire.Entry());
        Certificate[] forged =
        [
            polka with { Height = 1 }, polka with { Round = 4 }, polka with { Block = Some.Digest(7) },
            polka with { ValidRound = null }, polka with { ValidRound = 0 },
            entry with { Height = 1 }, entry with { Round = 5 },
        ];

        Assert.That(forged.Where(f => f.Verify(Wire.Chain, Four)), Is.Empty);
        Assert.That((entry with { Round = 3 }).Verify(Wire.Chain, Four), "who precommitted in it has reached it");
        Assert.That(polka.Verify(Some.Digest(1), Four) || entry.Verify(Some.Digest(1), Four), Is.False, "other chain");
    }

    [Test]
    public void Equal_certificates_are_equal()
    {
        var (polka, entry) = (Wire.Polka(), Wire.Entry());

        Assert.That((polka, entry), Is.EqualTo((Wire.Polka(), Wire.Entry())));
        Assert.That(Wire.Polka() with { Signatures = [] }, Is.Not.EqualTo(Wire.Polka()));
        Assert.That(Wire.Entry() with { Ballots = [] }, Is.Not.EqualTo(Wire.Entry()));
    }
}
