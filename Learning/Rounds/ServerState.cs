using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Ledger.Learning.Rounds;

/// <summary>What a server optimiser remembers between rounds, one value a parameter: the momentum in Q7.24 and, of
/// Adam and Yogi, the second moment in Q48. Empty where nothing is remembered yet. Blob: "LSO1", count as u32, count
/// int32, then none or count int64, all little-endian.</summary>
public sealed record ServerState(int[] Momentum, long[] Second)
{
    private const int HeaderSize = 8;

    public static ServerState Empty { get; } = new([], []);

    private static ReadOnlySpan<byte> Magic => "LSO1"u8;

    public byte[] Encode()
    {
        var blob = new byte[HeaderSize + Momentum.Length * sizeof(int) + Second.Length * sizeof(long)];
        Magic.CopyTo(blob);
        BinaryPrimitives.WriteInt32LittleEndian(blob.AsSpan(4), Momentum.Length);
        var body = blob.AsSpan(HeaderSize);
        MemoryMarshal.AsBytes<int>(Momentum).CopyTo(body);
        MemoryMarshal.AsBytes<long>(Second).CopyTo(body[(Momentum.Length * sizeof(int))..]);
        return blob;
    }

    /// <summary>Null where the bytes are not what <see cref="Encode"/> makes for <paramref name="count"/>
    /// parameters.</summary>
    public static ServerState? TryDecode(ReadOnlySpan<byte> blob, int count)
    {
        var first = (long)count * sizeof(int);
        var isLong = blob.Length == HeaderSize + first + (long)count * sizeof(long);
        if (count is < 1 or > Limits.Parameters || !blob.StartsWith(Magic)
            || (!isLong && blob.Length != HeaderSize + first)
            || BinaryPrimitives.ReadInt32LittleEndian(blob[4..]) != count)
            return null;
        var body = blob[HeaderSize..];
        return new(
            MemoryMarshal.Cast<byte, int>(body[..(int)first]).ToArray(),
            MemoryMarshal.Cast<byte, long>(body[(int)first..]).ToArray());
    }

    public bool Equals(ServerState? other)
        => other is not null && Momentum.AsSpan().SequenceEqual(other.Momentum)
            && Second.AsSpan().SequenceEqual(other.Second);

    public override int GetHashCode() => Momentum.Length;
}
