using Ledger.Consensus.Codec;

namespace Ledger.Node.Tests.Consensus.Codec;

/// <summary>
/// The bytes of MessagePack's specification (msgpack/spec.md), and nothing but the shortest form of each value.
/// </summary>
public class MessagePackTests
{
    [TestCase(0UL, "00")]
    [TestCase(127UL, "7f")]
    [TestCase(128UL, "cc80")]
    [TestCase(255UL, "ccff")]
    [TestCase(256UL, "cd0100")]
    [TestCase(65_535UL, "cdffff")]
    [TestCase(65_536UL, "ce00010000")]
    [TestCase(4_294_967_295UL, "ceffffffff")]
    [TestCase(4_294_967_296UL, "cf0000000100000000")]
    [TestCase(ulong.MaxValue, "cfffffffffffffffff")]
    public void Integers(ulong value, string hex)
    {
        Assert.That(Hex(new Writer().UInt(value)), Is.EqualTo(hex));
        var reader = new Reader(Convert.FromHexString(hex));
        Assert.That(reader.UInt(), Is.EqualTo(value));
        Assert.That(reader.Finished);
    }

    [TestCase(0, "c400")]
    [TestCase(255, "c4ff")]
    [TestCase(256, "c50100")]
    [TestCase(65_536, "c600010000")]
    public void Byte_strings(int length, string head)
    {
        var bytes = new Writer().Bytes(new byte[length]).ToArray();
        Assert.That(Convert.ToHexStringLower(bytes), Does.StartWith(head));
        var reader = new Reader(bytes);
        Assert.That(reader.Bytes(length).Length, Is.EqualTo(length));
        Assert.That(reader.Finished);
    }

    [TestCase(0, "a0")]
    [TestCase(31, "bf")]
    [TestCase(32, "d920")]
    [TestCase(256, "da0100")]
    [TestCase(65_536, "db00010000")]
    public void Texts(int length, string head)
    {
        var text = new string('x', length);
        var bytes = new Writer().Text(text).ToArray();
        Assert.That(Convert.ToHexStringLower(bytes), Does.StartWith(head));
        var reader = new Reader(bytes);
        Assert.That(reader.Text(length), Is.EqualTo(text));
        Assert.That(reader.Finished);
    }

    [TestCase(0, "90")]
    [TestCase(15, "9f")]
    [TestCase(16, "dc0010")]
    [TestCase(65_536, "dd00010000")]
    public void Arrays(int count, string head)
    {
        var bytes = new Writer().Array(count).ToArray();
        Assert.That(Convert.ToHexStringLower(bytes), Is.EqualTo(head));
        var reader = new Reader(bytes);
        Assert.That(reader.Count(count), Is.EqualTo(count));
        Assert.That(reader.Finished);
    }

    [TestCase("cc7f", TestName = "An integer of 1 byte where the fixint would do")]
    [TestCase("cd00ff", TestName = "An integer of 2 bytes where 1 would do")]
    [TestCase("ce0000ffff", TestName = "An integer of 4 bytes where 2 would do")]
    [TestCase("cf00000000ffffffff", TestName = "An integer of 8 bytes where 4 would do")]
    [TestCase("d001", TestName = "A signed integer")]
    [TestCase("ff", TestName = "A negative integer")]
    [TestCase("ca00000000", TestName = "A float")]
    [TestCase("c0", TestName = "Nil for an integer")]
    [TestCase("", TestName = "Nothing for an integer")]
    [TestCase("cd01", TestName = "An integer cut short")]
    [TestCase("0000", TestName = "A byte too many")]
    public void Refused_as_integers(string hex)
    {
        var reader = new Reader(Convert.FromHexString(hex));
        _ = reader.UInt();
        Assert.That(reader.Finished, Is.False);
    }

    [TestCase("c500ff", 255, TestName = "A byte string with a length of 2 bytes where 1 would do")]
    [TestCase("c60000ffff", 65_535, TestName = "A byte string with a length of 4 bytes where 2 would do")]
    [TestCase("a0", 0, TestName = "Text for a byte string")]
    public void Refused_as_byte_strings(string head, int length)
    {
        var reader = new Reader([.. Convert.FromHexString(head), .. new byte[length]]);
        _ = reader.Bytes(1 << 20);
        Assert.That(reader.Finished, Is.False);
    }

    [TestCase("d91f", 31, TestName = "Text with a length of 1 byte where the fixstr would do")]
    [TestCase("da00ff", 255, TestName = "Text with a length of 2 bytes where 1 would do")]
    [TestCase("db0000ffff", 65_535, TestName = "Text with a length of 4 bytes where 2 would do")]
    [TestCase("c400", 0, TestName = "A byte string for text")]
    [TestCase("a1ff", 0, TestName = "Text that is no UTF-8")]
    [TestCase("a2c080", 0, TestName = "Overlong UTF-8")]
    [TestCase("a3eda080", 0, TestName = "Half a surrogate pair")]
    public void Refused_as_text(string head, int length)
    {
        var reader = new Reader([.. Convert.FromHexString(head), .. new byte[length]]);
        _ = reader.Text(1 << 20);
        Assert.That(reader.Finished, Is.False);
    }

    [TestCase("dc000f", TestName = "An array head of 2 bytes where the fixarray would do")]
    [TestCase("dd0000ffff", TestName = "An array head of 4 bytes where 2 would do")]
    [TestCase("80", TestName = "A map for an array")]
    public void Refused_as_arrays(string hex)
    {
        var reader = new Reader(Convert.FromHexString(hex));
        _ = reader.Count(1 << 20);
        Assert.That(reader.Finished, Is.False);
    }

    [Test]
    public void A_length_beyond_its_bound_is_refused_before_anything_is_taken()
    {
        var bytes = new Reader([0xc6, 0xff, 0xff, 0xff, 0xff]);
        Assert.That(bytes.Bytes(100).Length, Is.Zero);
        var array = new Reader([0xdd, 0xff, 0xff, 0xff, 0xff]);
        Assert.That(array.Count(100), Is.Zero);
        Assert.That(bytes.Failed && array.Failed);
    }

    [Test]
    public void After_a_bad_field_nothing_more_is_read()
    {
        var reader = new Reader([0xc0, 0x05]);
        _ = reader.UInt();

        Assert.That((reader.UInt(), reader.Failed), Is.EqualTo((0UL, true)));
    }

    private static string Hex(Writer writer) => Convert.ToHexStringLower(writer.Written);
}
