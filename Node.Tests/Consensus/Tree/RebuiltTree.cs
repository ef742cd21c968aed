using Ledger.Consensus.Crypto;
using Ledger.Consensus.Tree;

namespace Ledger.Node.Tests.Consensus.Tree;

/// <summary>The oracle: the definition of the tree, word for word, over all leaves and every bit.</summary>
internal static class RebuiltTree
{
    internal static Digest Root(IEnumerable<(byte[] Key, byte[] Value)> leaves) =>
        Root([.. leaves.Select(l => (Digest.OfBytes(l.Key), Digest.OfBytes(l.Value)))], 0);

    private static Digest Root((Digest Key, Digest Value)[] leaves, int depth) => leaves switch
    {
        [] => TreeNode.Empty,
        [var (key, value)] => Digest.OfBytes([0, .. key.ToArray(), .. value.ToArray()]),
        _ => Digest.OfBytes(
        [
            1, .. Root([.. leaves.Where(l => !IsSet(l.Key, depth))], depth + 1).ToArray(),
            .. Root([.. leaves.Where(l => IsSet(l.Key, depth))], depth + 1).ToArray(),
        ]),
    };

    private static bool IsSet(Digest hash, int bit) => (hash.ToArray()[bit / 8] & (0x80 >> (bit % 8))) != 0;
}
