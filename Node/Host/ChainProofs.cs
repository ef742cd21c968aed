using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;
using Ledger.Node.Storage;

namespace Ledger.Node.Host;

/// <summary>Proofs from our own store, for somebody who has no node.</summary>
internal static class ChainProofs
{
    /// <summary>
    /// The proof of a leaf as of the last block, from the genesis or from the header of <paramref name="since"/>.
    /// </summary>
    internal static ProofFile Make(Store store, ChainState tip, Genesis genesis, ProofSubject subject, ulong? since)
    {
        if (tip.Height == 0)
            throw new OperatorException("the chain has no block yet", "see: ledger chain status");
        // The header commits to the state that its block starts from.
        var tree = store.TreeOf(tip.Height - 1) ?? throw new OperatorException(
            "this node has just begun with a snapshot", "try again after the next block");
        var proof = StateProof.Of(tree, subject.Key);
        if (proof.Value is null && subject is not ProofSubject.OfAccount)
            throw new OperatorException("no header commits to this yet", "try again after the next block");
        return new(Chain(store, tip, genesis, since), proof);
    }

    private static ImmutableArray<LightBlock> Chain(Store store, ChainState tip, Genesis genesis, ulong? since)
    {
        if (since is not { } height)
            return FromGenesis(store, tip, genesis);
        if (height == 0 || height > tip.Height || store.LightBlock(height) is not { } anchor)
            throw new OperatorException($"no block at height {height}; the tip is {tip.Height}",
                "heights count from 1");
        return [anchor, .. Way(store, tip, Trusted.Of(anchor))];
    }

    // Where there are no blocks from the start on, the headers that led to the snapshot are the way.
    private static ImmutableArray<LightBlock> FromGenesis(Store store, ChainState tip, Genesis genesis)
    {
        var (trusted, options) = (Trusted.Of(genesis), LightOptions.Of(genesis.Parameters));
        var way = new List<LightBlock>();
        foreach (var block in store.HeadersOfSnapshot().Where(b => b.Height <= tip.Height))
            if (LightRules.Check(trusted, block, options, tip.Time) == LightFault.None)
            {
                way.Add(block);
                trusted = Trusted.Of(block);
            }
        // The lowest block is believed from the last header before it; what comes after is all here.
        if (store.FirstHeight() is var first && first > trusted.Height + 1 && store.LightBlock(first) is { } edge
            && LightRules.Check(trusted, edge, options, tip.Time) == LightFault.None)
        {
            way.Add(edge);
            trusted = Trusted.Of(edge);
        }
        return [.. way, .. Way(store, tip, trusted)];
    }

    private static ImmutableArray<LightBlock> Way(Store store, ChainState tip, Trusted start)
    {
        var way = new Bisection(start, tip.Height, LightOptions.Of(tip.Parameters));
        while (!way.IsDone)
        {
            var block = store.LightBlock(way.Wanted)
                ?? throw new OperatorException($"this node has no block {way.Wanted}",
                    "it began with a snapshot: take a later header with --since HEIGHT");
            if (way.Give(block, tip.Time) is var fault and not LightFault.None)
                throw new InvalidOperationException($"our own block {block.Height} does not verify: {fault}");
        }
        return way.Chain;
    }
}
