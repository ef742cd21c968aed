using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Chain;

/// <summary>
/// A change of the chain's own rules: from the block at <paramref name="Height"/> on, blocks are of
/// <paramref name="Version"/> of the protocol and follow <paramref name="Parameters"/>. It says all of both, so that
/// who votes for it knows what will hold, and equal amendments are one.
/// </summary>
public sealed record Amendment(ulong Height, uint Version, ChainParameters Parameters)
{
    /// <summary>What the change is called by.</summary>
    public Crypto.Digest Id()
    {
        var writer = new Writer();
        Write(writer);
        return Crypto.Digest.Of("ledger/amendment", writer.Written);
    }

    public void Write(Writer writer)
    {
        writer.Array(3).UInt(Height).UInt(Version);
        Parameters.Write(writer);
    }

    /// <summary>What <see cref="Write"/> has written; the reader fails for anything else.</summary>
    public static Amendment Read(ref Reader reader)
    {
        reader.Array(3);
        return new(reader.UInt(), reader.UInt32(), ChainParameters.Read(ref reader));
    }
}
