using System.Security.Cryptography;
using System.Text;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Tests.Consensus.Crypto;

/// <summary>Hashes of every length, against those of .NET.</summary>
public class DigestTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i % 251))];

    private static readonly int[] Lengths = [.. Enumerable.Range(0, 300), 4_095, 4_096, 4_097, 8_192, 8_193, 20_000];

    [TestCaseSource(nameof(Lengths))]
    public void Bytes_are_hashed_as_any_tool_does(int length) =>
        Assert.That(Digest.OfBytes(Content.AsSpan(..length)).ToArray(), Is.EqualTo(SHA256.HashData(Content[..length])));

    [TestCaseSource(nameof(Lengths))]
    public void A_tagged_hash_is_that_of_bip_340(int length)
    {
        var tag = SHA256.HashData(Encoding.UTF8.GetBytes("BIP0340/challenge"));

        var digest = Digest.Of("BIP0340/challenge", Content.AsSpan(..length));

        Assert.That(digest.ToArray(), Is.EqualTo(SHA256.HashData([.. tag, .. tag, .. Content[..length]])));
    }

    [TestCaseSource(nameof(Lengths))]
    public void A_leaf_is_hashed_behind_a_zero(int length) =>
        Assert.That(Merkle.Leaf(Content.AsSpan(..length)).ToArray(),
            Is.EqualTo(SHA256.HashData([0, .. Content[..length]])));
}
