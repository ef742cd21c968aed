using Ledger.Consensus.Chain;
using Ledger.Consensus.Light;

namespace Ledger.Node.Tests.Consensus.Light;

/// <summary>What a light client believes, and each reason for which it does not.</summary>
public class LightRulesTests
{
    private const ulong Later = LightChain.Start + 1_000 * LightChain.Second;

    private static readonly LightOptions Options = new(TrustingPeriod: 500 * LightChain.Second);

    private static readonly LightChain Four = new(20, _ => [(1, 10), (2, 10), (3, 10), (4, 10)]);

    private static LightFault Check(Trusted trusted, LightBlock block, ulong now = Later) =>
        LightRules.Check(trusted, block, Options, now);

    [Test]
    public void The_next_block_and_a_later_one_are_believed()
    {
        Assert.That(Check(Four.Genesis, Four.At(1)), Is.EqualTo(LightFault.None));
        Assert.That(Check(Four.Genesis, Four.At(20)), Is.EqualTo(LightFault.None));
        Assert.That(Check(Trusted.Of(Four.At(3)), Four.At(17)), Is.EqualTo(LightFault.None));
    }

    [Test]
    public void Each_defect_has_its_name()
    {
        var at5 = Trusted.Of(Four.At(5));
        var good = Four.At(9);
        Assert.Multiple(() =>
        {
            Assert.That(Check(at5 with { ChainId = default }, good), Is.EqualTo(LightFault.WrongChain));
            Assert.That(Check(at5, good with { Certificate = Four.At(8).Certificate }),
                Is.EqualTo(LightFault.Inconsistent));
            Assert.That(Check(at5, good with { Header = good.Header with { Version = 0 } }),
                Is.EqualTo(LightFault.Inconsistent));
            Assert.That(Check(at5, good with { Validators = LightChain.SetOf([(1, 10)]) }),
                Is.EqualTo(LightFault.Inconsistent));
            Assert.That(Check(at5, Four.At(5)), Is.EqualTo(LightFault.NotLater));
            Assert.That(Check(at5 with { Time = good.Header.Time }, good), Is.EqualTo(LightFault.NotLater));
            Assert.That(Check(at5, good, good.Header.Time - Options.ClockDrift - 1), Is.EqualTo(LightFault.FromFuture));
            Assert.That(Check(at5, good, good.Header.Time - Options.ClockDrift), Is.EqualTo(LightFault.None));
            Assert.That(Check(at5 with { Next = default }, Four.At(6)), Is.EqualTo(LightFault.WrongValidators));
        });
    }

    [Test]
    public void A_block_of_rules_that_this_program_does_not_know_is_refused_whoever_signed_it()
    {
        var newer = Four.At(9).Header with { Version = Header.NewestVersion + 1 };
        var signed = Four.At(9) with
        {
            Header = newer,
            Certificate = Four.At(9).Certificate with { Block = newer.Digest() },
        };

        Assert.That(Check(Trusted.Of(Four.At(5)), signed), Is.EqualTo(LightFault.NewerVersion));
    }

    [Test]
    public void Trust_does_not_skip_over_more_than_its_period()
    {
        var slow = new LightChain(3, _ => [(1, 10)], step: Options.TrustingPeriod / 2);

        Assert.That(Check(slow.Genesis, slow.At(2), ulong.MaxValue / 2), Is.EqualTo(LightFault.BeyondTrustingPeriod));
        Assert.That(Check(Trusted.Of(slow.At(1)) with { Time = slow.At(1).Header.Time + 1 }, slow.At(3),
            ulong.MaxValue / 2), Is.EqualTo(LightFault.None));
    }

    [TestCase(10UL, LightFault.TooFewTrusted)]
    [TestCase(11UL, LightFault.None)]
    public void More_than_a_third_of_the_old_stake_must_have_signed(ulong stays, LightFault expected)
    {
        // Of the old set's 30 only validator 1 is left; 10 is exactly a third.
        var chain = new LightChain(9, h => h < 5 ? [(1, stays), (2, 30 - stays)] : [(1, stays), (3, 10)]);

        Assert.That(Check(chain.Genesis, chain.At(9)), Is.EqualTo(expected));
    }

    [TestCase(2, LightFault.BadCertificate)]
    [TestCase(3, LightFault.None)]
    public void More_than_two_thirds_of_the_new_stake_must_have_signed(int signers, LightFault expected)
    {
        // Of equal stakes, two of three are exactly two thirds.
        var chain = new LightChain(9, _ => [(1, 10), (2, 10), (3, 10)]);
        var block = LightChain.Signed(chain.At(9).Header, chain.SetAt(9), Enumerable.Range(1, signers));

        Assert.That(Check(chain.Genesis, block), Is.EqualTo(expected));
        Assert.That(Check(Trusted.Of(chain.At(8)), block), Is.EqualTo(expected));
    }

    [Test]
    public void One_bad_signature_beyond_the_quorum_spoils_a_certificate()
    {
        var certificate = Four.At(9).Certificate;
        var last = certificate.Signatures[^1];
        var spoilt = certificate with
        {
            Signatures = certificate.Signatures.SetItem(3, (last.Validator, certificate.Signatures[0].Signature)),
        };

        Assert.That(Check(Four.Genesis, Four.At(9) with { Certificate = spoilt }),
            Is.EqualTo(LightFault.BadCertificate));
    }

    [Test]
    public void A_signer_listed_twice_does_not_count_twice()
    {
        var chain = new LightChain(9, _ => [(1, 10), (2, 10), (3, 10)]);
        var certificate = chain.At(9).Certificate;
        var first = certificate.Signatures[0];
        var twice = certificate with { Signatures = [first, first, certificate.Signatures[1]] };

        Assert.That(Check(chain.Genesis, chain.At(9) with { Certificate = twice }),
            Is.EqualTo(LightFault.BadCertificate));
    }

    [Test]
    public void A_third_of_the_trusted_stake_makes_no_other_history_believed([Range(1, 40)] int seed)
    {
        // P17: whatever sets, signers and times the attackers make up, with keys of theirs and f of the honest set.
        var random = new Random(seed);
        var honest = new LightChain(12, _ => [.. Enumerable.Range(1, 7).Select(i => (i, 10UL))]);
        int[] corrupt = [1, 2, .. Enumerable.Range(20, 5)];
        var trusted = Trusted.Of(honest.At((ulong)random.Next(1, 6)));
        for (var i = 0; i < 20; i++)
        {
            (int, ulong)[] members =
            [
                .. Enumerable.Range(1, 7).Where(_ => random.Next(3) == 0).Select(k => (k, 10UL)),
                .. Enumerable.Range(20, 5).Select(k => (k, (ulong)random.Next(1, 1_000))),
            ];
            var header = honest.At((ulong)random.Next(6, 13)).Header with
            {
                ContentRoot = Some.Digest(i),
                Validators = random.Next(4) == 0 ? trusted.Next : LightChain.SetOf(members).Digest(),
            };
            var set = header.Validators == trusted.Next ? trusted.Validators : LightChain.SetOf(members);
            var fork = LightChain.Signed(header, set, corrupt.Where(k => random.Next(4) > 0));

            Assert.That(Check(trusted, fork), Is.Not.EqualTo(LightFault.None));
        }
    }

    [Test]
    public void Half_of_the_trusted_stake_would_be_believed()
    {
        // The planted bug of the test above: with more than f corrupt validators such a fork does pass.
        var honest = new LightChain(12, _ => [.. Enumerable.Range(1, 7).Select(i => (i, 10UL))]);
        var members = new (int, ulong)[] { (1, 10), (2, 10), (3, 10), (20, 100) };
        var header = honest.At(9).Header with { Validators = LightChain.SetOf(members).Digest() };
        var fork = LightChain.Signed(header, LightChain.SetOf(members), [1, 2, 3, 20]);

        Assert.That(Check(Trusted.Of(honest.At(2)), fork), Is.EqualTo(LightFault.None));
    }
}
