using System.Buffers.Binary;
using Ledger.Consensus.Codec;

namespace Ledger.Node.Overlay;

/// <summary>
/// Which validators' votes a peer holds, by their place in the validator set. On the wire: bytes from the lowest bit
/// on, without zero bytes at the end, so that a set has one encoding.
/// </summary>
internal readonly record struct VoteBits(UInt128 Bits)
{
    /// <summary>100 validators need 13 bytes.</summary>
    internal const int BytesMax = (Limits.ValidatorsMax + 7) / 8;

    internal bool Has(int validator) => (Bits >> validator & UInt128.One) != 0;

    internal VoteBits With(int validator) => new(Bits | UInt128.One << validator);

    internal void Write(Writer writer)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, Bits);
        writer.Bytes(bytes.TrimEnd((byte)0));
    }

    internal static VoteBits Read(ref Reader reader)
    {
        var sent = reader.Bytes(BytesMax);
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        sent.CopyTo(bytes);
        var bits = BinaryPrimitives.ReadUInt128LittleEndian(bytes);
        if (sent is [.., 0] || bits >> Limits.ValidatorsMax != 0)
            reader.Fail();
        return new(bits);
    }
}
