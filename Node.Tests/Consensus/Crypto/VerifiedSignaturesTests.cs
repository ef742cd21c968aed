using Ledger.Consensus.Crypto;

namespace Ledger.Node.Tests.Consensus.Crypto;

/// <summary>A signature that was good once is good again; nothing near it is.</summary>
public class VerifiedSignaturesTests
{
    [Test]
    public void A_good_signature_is_remembered()
    {
        var (key, message) = (Some.Key(71), Some.Digest(71));
        var signature = key.Sign(message);
        var name = VerifiedSignatures.NameOf(key.PublicKey, message, signature);

        Assert.That(VerifiedSignatures.Contains(name), Is.False);
        Assert.That(key.PublicKey.Verify(message, signature));
        Assert.That(VerifiedSignatures.Contains(name));
        Assert.That(key.PublicKey.Verify(message, signature));
    }

    [Test]
    public void A_forged_one_is_refused_every_time_and_never_remembered()
    {
        var (key, message) = (Some.Key(72), Some.Digest(72));
        var signature = key.Sign(message);
        Assert.That(key.PublicKey.Verify(message, signature));

        for (var i = 0; i < Signature.Size; i++)
        {
            var bytes = signature.ToArray();
            bytes[i] ^= 1;
            var forged = Signature.From(bytes);
            Assert.That(key.PublicKey.Verify(message, forged), Is.False);
            Assert.That(key.PublicKey.Verify(message, forged), Is.False, "the second time");
        }
        Assert.That(key.PublicKey.Verify(Some.Digest(73), signature), Is.False);
        Assert.That(Some.Key(74).PublicKey.Verify(message, signature), Is.False);
    }
}
