using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Ledger.Learning.Data;

/// <summary>The file of a shard, little-endian: "LSH1", inputs, training rows, held-out rows (u32 each); for each row
/// its label (i32) and features (f32); then SHA-256 over the header and the Merkle root of the rows.</summary>
internal static class ShardFile
{
    private const int HeaderSize = 16;

    private static ReadOnlySpan<byte> Magic => "LSH1"u8;

    internal static void Write(Stream stream, Shard shard)
    {
        var header = new byte[HeaderSize];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), shard.Training.Inputs);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), shard.Training.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), shard.HeldOut.Rows);
        stream.Write(header);
        WriteRows(stream, shard.Training);
        WriteRows(stream, shard.HeldOut);
        stream.Write(Seal(header, shard.Root));
    }

    internal static Shard Read(Stream stream, string name)
    {
        try
        {
            var header = new byte[HeaderSize];
            stream.ReadExactly(header);
            var (inputs, training, heldOut) = CheckedHeader(header, name);
            var shard = Shard.Of(ReadRows(stream, training, inputs), ReadRows(stream, heldOut, inputs));
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

    private static (int Inputs, int Training, int HeldOut) CheckedHeader(byte[] header, string name)
    {
        var inputs = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4));
        var training = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8));
        var heldOut = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12));
        var sound = header.AsSpan().StartsWith(Magic) && inputs is >= 1 and <= Limits.Inputs
            && training is >= 0 and <= Limits.Rows && heldOut is >= 0 and <= Limits.Rows
            && ((long)training + heldOut) * inputs <= Limits.Features;
        return sound ? (inputs, training, heldOut) : throw Damaged(name);
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
