using Ledger.Consensus.Crypto;

namespace Ledger.Node.Tests.Consensus.Crypto;

/// <summary>The test vectors that BIP 340 publishes (bip-0340/test-vectors.csv), all of them.</summary>
public class Bip340Tests
{
    private static IEnumerable<TestCaseData> Vectors => GoldenFile.Lines("bip340.csv").Skip(1).Select(l => l.Split(','))
        .Select(f => new TestCaseData(new Vector(Hex(f[1]), Hex(f[2]), Hex(f[3]), Hex(f[4]), Hex(f[5]), f[6] == "TRUE"))
            .SetArgDisplayNames($"vector {f[0]} {f[7]}"));

    [TestCaseSource(nameof(Vectors))]
    public void Verification_agrees_with_the_published(Vector vector) =>
        Assert.That(Secp256k1.Verify(vector.PublicKey, vector.Message, vector.Signature), Is.EqualTo(vector.Good));

    [TestCaseSource(nameof(Vectors))]
    public void Signatures_are_the_published_ones(Vector vector)
    {
        if (vector.Secret.Length == 0)
            return;
        Assert.That(SecretKey.From(vector.Secret)!.PublicKey.ToArray(), Is.EqualTo(vector.PublicKey));
        // The library signs 32 bytes; the vectors of other lengths are for verification.
        if (vector.Message.Length != Digest.Size)
            return;
        var (pair, signature) = (new byte[Secp256k1.KeyPairBytes], new byte[Signature.Size]);
        Assert.That(Secp256k1.TryKeyPair(vector.Secret, pair));
        Assert.That(Secp256k1.TrySign(pair, vector.Message, vector.Auxiliary, signature));
        Assert.That(signature, Is.EqualTo(vector.Signature));
    }

    [Test]
    public void All_nineteen_vectors_are_here() => Assert.That(Vectors.Count(), Is.EqualTo(19));

    private static byte[] Hex(string text) => Convert.FromHexString(text);

    /// <summary>One line of the file.</summary>
    public sealed record Vector(
        byte[] Secret, byte[] PublicKey, byte[] Auxiliary, byte[] Message, byte[] Signature, bool Good);
}
