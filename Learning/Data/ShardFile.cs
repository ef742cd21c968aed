using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Ledger.Learning.Data;

/// <summary>The file of a shard, little-endian: "LSH2", inputs, training rows, validation rows, held-out rows (u32
/// each); for each row its label (i32) and features (f32); then SHA-256 over the header and the Merkle root of the
/// rows.</summary>
internal static class ShardFile
{
    private const int HeaderSize = 20;

    // Where the header says how many rows each part has.
    private static readonly int[] Counts = [8, 12, 16];

    private static ReadOnlySpan<byte> Magic => "LSH2"u8;

    internal static void Write(Stream stream, Shard shard)
    {
        var header = new byte[HeaderSize];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), shard.Training.Inputs);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), shard.Training.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), shard.Validation.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), shard.HeldOut.Rows);
        stream.Write(header);
        WriteRows(stream, shard.Training);
        WriteRows(stream, shard.Validation);
        WriteRows(stream, shard.HeldOut);
        stream.Write(Seal(header, shard.Root));
    }

    internal static Shard Read(Stream stream, string name)
    {
        try
        {
            var header = new byte[HeaderSize];
            stream.ReadExactly(header);
            var (inputs, rows) = CheckedHeader(header, name);
            var parts = Array.ConvertAll(rows, count => ReadRows(stream, count, inputs));
            var shard = Shard.Of(parts[0], parts[1], parts[2]);
            var seal = new byte[SHA256.HashSizeInBytes];
            stream.ReadExactly(seal);
            var sound = seal.AsSpan().SequenceEqual(Seal(header, shard.Root)) && stream.ReadByte() < 0;
            return sound ? shard : throw Damaged(name);
        }
        catch (EndOfStreamException e)
        {
            throw Damaged(name, e);
        }
    }

    private static byte[] Seal(byte[] header, byte[] root) => SHA256.HashData([.. header, .. root]);

    private static DataException Damaged(string name, Exception? cause = null)
        => new($"{name}: the shard is damaged or cut short", "add the data again with 'ledger shard add'", cause);

    private static (int Inputs, int[] Rows) CheckedHeader(byte[] header, string name)
    {
        var inputs = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4));
        var rows = Array.ConvertAll(Counts, at => BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(at)));
        var sound = header.AsSpan().StartsWith(Magic) && inputs is >= 1 and <= Limits.Inputs
            && Array.TrueForAll(rows, count => count is >= 0 and <= Limits.Rows)
            && rows.Sum(count => (long)count) * inputs <= Limits.Features;
        return sound ? (inputs, rows) : throw Damaged(name);
    }

    private static void WriteRows(Stream stream, Dataset rows)
    {
        var bytes = new byte[sizeof(int) + rows.Inputs * sizeof(float)];
        for (var row = 0; row < rows.Rows; row++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, rows.Labels[row]);
            FloatBytes.Write(rows.Row(row), bytes.AsSpan(sizeof(int)));
            stream.Write(bytes);
        }
    }

    // Rows are appended as they arrive: a header that lies about their number cannot make us allocate for them.
    private static Dataset ReadRows(Stream stream, int rows, int inputs)
    {
        var (features, labels) = (new List<float>(), new List<int>());
        var bytes = new byte[sizeof(int) + inputs * sizeof(float)];
        var row = new float[inputs];
        for (var i = 0; i < rows; i++)
        {
            stream.ReadExactly(bytes);
            labels.Add(BinaryPrimitives.ReadInt32LittleEndian(bytes));
            FloatBytes.Read(bytes.AsSpan(sizeof(int)), row);
            features.AddRange(row);
        }

        return new([.. features], [.. labels], inputs);
    }
}
