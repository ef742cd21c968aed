using System.Buffers.Binary;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Tests;

/// <summary>Builders of test values: the same number gives the same value in every run.</summary>
internal static class Some
{
    internal static SecretKey Key(int number)
    {
        var seed = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(seed.AsSpan(28), number);
        return SecretKey.From(seed)!;
    }

    internal static Digest Digest(int number) =>
        Ledger.Consensus.Crypto.Digest.OfBytes([(byte)number, (byte)(number >> 8)]);
}
