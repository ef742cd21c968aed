using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Ledger.Learning.Aggregation;

/// <summary>One contributor's change of the parameters: u = q·2^-e with |q| &lt;= 127, one q a parameter.
/// Blob: "LUP1", e as u8, count as u32 little-endian, then the body that the task's format says
/// (<see cref="UpdateBody"/>).</summary>
public sealed record ModelUpdate(sbyte[] Values, int Exponent)
{
    /// <summary>-128 has no negative, so it is not a value of an update.</summary>
    public const int Largest = 127;

    private const int HeaderSize = 9;

    private static ReadOnlySpan<byte> Magic => "LUP1"u8;

    public byte[] Encode(UpdateFormat format = UpdateFormat.Int8)
    {
        var body = UpdateBody.Encode(Values, format);
        var blob = new byte[HeaderSize + body.Length];
        Magic.CopyTo(blob);
        blob[4] = (byte)Exponent;
        BinaryPrimitives.WriteInt32LittleEndian(blob.AsSpan(5), Values.Length);
        body.CopyTo(blob.AsSpan(HeaderSize));
        return blob;
    }

    /// <summary>Accepts exactly the blobs of <paramref name="count"/> values with the round's exponent in the task's
    /// format, each in its one spelling.</summary>
    public static bool TryDecode(
        ReadOnlySpan<byte> blob, int count, int exponent, UpdateFormat format,
        [NotNullWhen(true)] out ModelUpdate? update)
    {
        update = null;
        if (count is < 1 or > Limits.Parameters || blob.Length < HeaderSize || !blob.StartsWith(Magic)
            || blob[4] != exponent || BinaryPrimitives.ReadInt32LittleEndian(blob[5..]) != count
            || UpdateBody.Decode(blob[HeaderSize..], count, format) is not { } values)
            return false;

        update = new(values, exponent);
        return true;
    }

    public bool Equals(ModelUpdate? other)
        => other is not null && Exponent == other.Exponent && Values.AsSpan().SequenceEqual(other.Values);

    public override int GetHashCode() => (Values.Length * 31) ^ Exponent;
}
