using Ledger.Consensus.State;

namespace Ledger.Node.Storage;

/// <summary>
/// Computes the state after the last blocks again, from the state before them: the way out where a program that
/// computed it wrongly has been replaced. What was decided stays decided, and what was signed stays signed; only what
/// followed from the blocks is made anew.
/// </summary>
internal static class Rollback
{
    /// <summary>The state after the tip as this program computes it.</summary>
    /// <param name="store">Of the chain; nothing else may use it.</param>
    /// <param name="first">The state before the first block.</param>
    /// <param name="tip">The state that the store ends with.</param>
    /// <param name="blocks">How many to compute again, 1 or more.</param>
    /// <exception cref="StoreException">Older states or blocks are no longer here, or a block does not follow by the
    /// rules of this program; the store then ends with the block before it.</exception>
    internal static ChainState Run(Store store, ChainState first, ChainState tip, ulong blocks)
    {
        var from = tip.Height - Math.Min(blocks, tip.Height);
        for (var height = from + 1; height <= tip.Height; height++)
            if (store.Block(height) is null)
                throw Gone("block", height);
        if (store.TreeOf(from) is null)
            throw Gone("the state after block", from);
        var state = store.Rewind(first, from);
        for (var height = from + 1; height <= tip.Height; height++)
        {
            var (block, certificate) = store.Block(height)!.Value;
            var fault = Transition.TryApply(state, block, out var after);
            if (fault != BlockFault.None)
                throw new StoreException(
                    $"block {height} was decided, but does not follow by this program's rules: {fault}",
                    $"the home ends with block {height - 1} now; install the version of ledger that the others run");
            state = store.Commit(block, certificate, after!);
        }
        return state;
    }

    private static StoreException Gone(string what, ulong height) => new($"{what} {height} is no longer here",
        $"compute fewer blocks again; the last {StorageLimits.StateVersionsMin} states are always kept");
}
