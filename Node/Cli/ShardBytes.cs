using Ledger.Learning.Data;

namespace Ledger.Node.Cli;

/// <summary>A shard as the node keeps it.</summary>
internal static class ShardBytes
{
    internal static byte[] Of(Shard shard)
    {
        using var stream = new MemoryStream();
        shard.Write(stream);
        return stream.ToArray();
    }
}
