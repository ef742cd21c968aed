using Ledger.Consensus.Crypto;

namespace Ledger.Node.Tests.Consensus.Crypto;

/// <summary>
/// The test vectors of BIP 350 as far as they apply: our prefix is known and lower case, what follows is whole bytes.
/// </summary>
public class Bech32mTests
{
    [TestCase("a1lqfn3a", "")]
    [TestCase("?1v759aa", "")]
    [TestCase("an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6", "")]
    [TestCase("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx", "ffbbcdeb38bdab49ca307b9ac5a928398a418820")]
    [TestCase("split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
        "c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d")]
    public void A_valid_string_is_read_and_written_the_same(string text, string hex)
    {
        var prefix = text[..text.LastIndexOf('1')];

        Assert.That(Convert.ToHexStringLower(Bech32m.Decode(prefix, text)!), Is.EqualTo(hex));
        Assert.That(Bech32m.Encode(prefix, Convert.FromHexString(hex)), Is.EqualTo(text));
    }

    [TestCase("qyrz8wqd2c9m", "q", TestName = "No separator")]
    [TestCase("y1b0jsk6g", "y", TestName = "Invalid data character b")]
    [TestCase("lt1igcx5c0", "lt", TestName = "Invalid data character i")]
    [TestCase("in1muywd", "in", TestName = "Checksum too short")]
    [TestCase("mm1crxm3i", "mm", TestName = "Invalid character i in the checksum")]
    [TestCase("au1s5cgom", "au", TestName = "Invalid character o in the checksum")]
    [TestCase("M1VUXWEZ", "m", TestName = "Upper case")]
    [TestCase("a12uel5l", "a", TestName = "The checksum of Bech32 without m")]
    [TestCase("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", TestName = "More of Bech32 without m")]
    [TestCase("a1lqfn3a", "b", TestName = "Another prefix")]
    [TestCase("", "a", TestName = "Nothing")]
    [TestCase("11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8", "1",
        TestName = "Bits left over that are not zero")]
    public void An_invalid_string_is_refused(string text, string prefix) =>
        Assert.That(Bech32m.Decode(prefix, text), Is.Null);
}
