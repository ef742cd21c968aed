using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Tests.Consensus.Crypto;

/// <summary>Keys and addresses as the rest of the node uses them.</summary>
public class KeyTests
{
    [Test]
    public void Both_ends_of_an_ecdh_find_the_same_secret_knowing_only_x_only_keys([Range(1, 8)] int a)
    {
        using var ours = Some.Key(a);
        using var theirs = Some.Key(a + 100);

        var here = ours.SharedSecret([0x02, .. theirs.PublicKey.ToArray()]);
        var there = theirs.SharedSecret([0x02, .. ours.PublicKey.ToArray()]);

        Assert.That(here, Is.EqualTo(there));
    }

    [Test]
    public void An_address_with_one_wrong_letter_is_refused()
    {
        var text = new Address(Some.Key(1).PublicKey).ToString();
        for (var i = 4; i < text.Length; i++)
        {
            var wrong = text[..i] + (text[i] == 'q' ? 'p' : 'q') + text[(i + 1)..];
            Assert.That(Address.TryParse(wrong, out _), Is.False, wrong);
        }
        Assert.That(Address.TryParse(text, out var back), Is.True);
        Assert.That(back, Is.EqualTo(new Address(Some.Key(1).PublicKey)));
    }

    [Test]
    public void A_signature_of_another_message_does_not_verify()
    {
        using var key = Some.Key(7);
        var signature = key.Sign(Digest.OfBytes([1]));

        Assert.That(key.PublicKey.Verify(Digest.OfBytes([1]), signature), Is.True);
        Assert.That(key.PublicKey.Verify(Digest.OfBytes([2]), signature), Is.False);
    }
}
