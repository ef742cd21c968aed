using System.Text;
using Ledger.Node.Cli;
using Ledger.Node.Tests.Http;

namespace Ledger.Node.Tests.Cli;

/// <summary>What TensorBoard is given, read back by a reader of its own that shares nothing with the writer.</summary>
public sealed class TensorBoardTests
{
    [Test]
    public void What_is_written_is_what_a_reader_of_TFRecords_finds()
    {
        var file = TensorBoardFile.Write(1_700_000_000_000,
            [new("accuracy", 1, 1_700_000_001_500, 0.75), new("updates/taken", 300, 1_700_000_002_000, 4)]);
        var events = Records(file).Select(Fields).ToList();

        Assert.That(Encoding.UTF8.GetString((byte[])events[0][3]), Is.EqualTo("brain.Event:2"));
        Assert.That(events[0][1], Is.EqualTo(1_700_000_000.0));
        Assert.That(Scalar(events[1]), Is.EqualTo((1_700_000_001.5, 1UL, "accuracy", 0.75f)));
        Assert.That(Scalar(events[2]), Is.EqualTo((1_700_000_002.0, 300UL, "updates/taken", 4f)));
    }

    [Test]
    public void A_changed_byte_does_not_pass_the_reader([Range(0, 60, 3)] int place)
    {
        var file = TensorBoardFile.Write(1_700_000_000_000, [new("accuracy", 1, 1_700_000_001_500, 0.75)]);
        file[place] ^= 1;
        Assert.That(() => Records(file).ToList(), Throws.InstanceOf<InvalidDataException>());
    }

    // RFC 3720, B.4.
    [TestCase("0000000000000000000000000000000000000000000000000000000000000000", 0x8a9136aau)]
    [TestCase("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0x62a8ab43u)]
    public void The_reader_s_checksum_is_that_of_the_standard(string bytes, uint crc) =>
        Assert.That(Crc(Convert.FromHexString(bytes)), Is.EqualTo(crc));

    [Test]
    public async Task A_node_s_rounds_become_a_run_of_TensorBoard()
    {
        using var home = new TemporaryHome();
        var node = new FakeNode();
        node.FinishRound();
        await using var server = await node.Serve(home.Path);

        var said = (await CommandLine.Run(
            "task", "tensorboard", "-o", home.File("runs"), "--home", home.Path)).Result();

        var path = Directory.GetFiles(home.File("runs/digits")).Single();
        Assert.That(said, Does.Contain(path));
        Assert.That(Path.GetFileName(path), Does.StartWith("events.out.tfevents."));
        var scalars = Records(File.ReadAllBytes(path)).Skip(1).Select(record => Scalar(Fields(record))).ToList();
        Assert.That(scalars, Has.Some.Matches<(double, ulong Round, string Name, float Value)>(
            each => each is { Round: 1, Name: "accuracy", Value: 0.75f }));
        Assert.That(scalars.Select(each => each.Item3).Distinct(), Is.EquivalentTo(
            new[] { "accuracy", "loss", "updates/committed", "updates/taken", "bytes", "reward" }));
    }

    [TestCase("../../etc", "_.._etc"), TestCase("a/b", "a_b"), TestCase(".hidden", "_hidden")]
    public void A_task_s_name_cannot_lead_out_of_the_folder(string name, string folder) =>
        Assert.That(TaskTensorBoardCommand.FolderOf(name), Does.Not.Contain("/").And.Not.StartWith(".")
            .And.EndWith(folder[^2..]));

    private static (double, ulong, string, float) Scalar(Dictionary<int, object> fields)
    {
        var value = Fields((byte[])Fields((byte[])fields[5])[1]);
        return ((double)fields[1], (ulong)fields[2], Encoding.UTF8.GetString((byte[])value[1]), (float)value[2]);
    }

    // The container: length, checksum, content, checksum.
    private static IEnumerable<byte[]> Records(byte[] file)
    {
        using var reader = new BinaryReader(new MemoryStream(file));
        while (reader.BaseStream.Position < file.Length)
        {
            var head = reader.ReadBytes(8);
            Check(head, reader.ReadUInt32());
            var content = reader.ReadBytes((int)BitConverter.ToUInt64(head));
            Check(content, reader.ReadUInt32());
            yield return content;
        }
    }

    private static void Check(byte[] content, uint masked)
    {
        var rotated = unchecked(masked - 0xa282ead8u);
        if (unchecked((rotated << 15) | (rotated >> 17)) != Crc(content))
            throw new InvalidDataException("a checksum is wrong");
    }

    // Bit by bit, from the polynomial.
    private static uint Crc(byte[] content)
    {
        var crc = uint.MaxValue;
        foreach (var each in content)
        {
            crc ^= each;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0x82f63b78u : crc >> 1;
        }
        return ~crc;
    }

    // The fields of a protocol buffer, by number.
    private static Dictionary<int, object> Fields(byte[] message)
    {
        using var reader = new BinaryReader(new MemoryStream(message));
        var fields = new Dictionary<int, object>();
        while (reader.BaseStream.Position < message.Length)
        {
            var key = reader.Read7BitEncodedInt();
            fields[key >> 3] = (key & 7) switch
            {
                0 => (object)(ulong)reader.Read7BitEncodedInt64(),
                1 => reader.ReadDouble(),
                2 => reader.ReadBytes(reader.Read7BitEncodedInt()),
                5 => reader.ReadSingle(),
                var other => throw new InvalidDataException($"wire type {other}"),
            };
        }
        return fields;
    }
}
