using Ledger.Consensus.Crypto;

namespace Ledger.Node.Tests.Consensus.Crypto;

/// <summary>A signature that was good once is good again; nothing near it is.</summary>
public class VerifiedSignaturesTests
{
    [Test]
    public void A_good_signature_is_remembered()
    {
        var (key, message) = (Some.Key(71), Some.Digest(71));
        var signature = SignElsewhere(key, message);
        var name = VerifiedSignatures.NameOf(key.PublicKey, message, signature);

        Assert.That(VerifiedSignatures.Contains(name), Is.False);
        Assert.That(key.PublicKey.Verify(message, signature));
        Assert.That(VerifiedSignatures.Contains(name));
        Assert.That(key.PublicKey.Verify(message, signature));
    }

    [Test]
    public void Our_own_signature_is_remembered_and_good()
    {
        var (key, message) = (Some.Key(75), Some.Digest(75));
        var signature = key.Sign(message);

        Assert.That(VerifiedSignatures.Contains(VerifiedSignatures.NameOf(key.PublicKey, message, signature)));
        Assert.That(Secp256k1.Verify(key.PublicKey.ToArray(), message.ToArray(), signature.ToArray()));
        Assert.That(signature, Is.EqualTo(SignElsewhere(key, message)));
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

    // As another process would, whose signatures are not in the memo of this one.
    private static Signature SignElsewhere(SecretKey key, Digest message)
    {
        var (pair, signature) = (new byte[Secp256k1.KeyPairBytes], new byte[Signature.Size]);
        Assert.That(Secp256k1.TryKeyPair(key.Export(), pair));
        Assert.That(Secp256k1.TrySign(pair, message.ToArray(), new byte[Bytes32.Size], signature));
        return Signature.From(signature);
    }
}
