using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;
using Ledger.Node.Storage;

namespace Ledger.Node.Host;

/// <summary>The tip of the chain in memory and on disk: the only place where a decided block is executed.</summary>
internal sealed class ChainHead
{
    private readonly Store store;
    private readonly uint speaks;
    private (Digest Block, ChainState After)? checkedBlock;

    /// <param name="store">Of this chain.</param>
    /// <param name="state">That after the last block in it.</param>
    /// <param name="speaks">The newest version of the protocol that this program knows.</param>
    /// <exception cref="StoreException">The next block is of a newer one; what is stored is good.</exception>
    internal ChainHead(Store store, ChainState state, uint speaks)
    {
        (this.store, this.speaks) = (store, speaks);
        State = state;
        RequireKnownVersion();
        Certificate = state.Height == 0 ? null : store.LightBlock(state.Height)?.Certificate
            ?? throw StoreException.Damaged("blocks",
                $"block {state.Height} is missing although the state is that after it");
    }

    /// <summary>The state after the last block.</summary>
    internal ChainState State { get; private set; }

    /// <summary>What decided the last block; null before the first.</summary>
    internal CommitCertificate? Certificate { get; private set; }

    /// <summary>Whether a block can follow. The state after it is kept: most checked blocks are decided.</summary>
    internal BlockFault Check(Block block)
    {
        var fault = Transition.TryApply(State, block, out var after);
        if (after is not null)
            checkedBlock = (block.Id, after);
        return fault;
    }

    /// <summary>As <see cref="Check"/>, and nothing is computed twice for the block that was checked last.</summary>
    internal BlockFault FaultOf(Block block) => checkedBlock?.Block == block.Id ? BlockFault.None : Check(block);

    /// <summary>Goes from the first state to that of a snapshot, if its leaves make one.</summary>
    internal bool TryAdopt(Snapshot snapshot)
    {
        var leaves = snapshot.Leaves.OrderBy(l => l.Key, StateLeaves.KeyOrder);
        if (StateLeaves.ToState(State, leaves) is not { } state || state.Tree.Root != snapshot.Head.Header.StateRoot
            || state.Height != snapshot.Last.Height || state.LastBlock != snapshot.Last.Header.Digest())
            return false;
        (State, Certificate, checkedBlock) = (store.Adopt(snapshot, state), snapshot.Last.Certificate, null);
        RequireKnownVersion();
        return true;
    }

    /// <summary>Executes and stores a block that its certificate has decided.</summary>
    internal void Commit(Block block, CommitCertificate certificate)
    {
        if (FaultOf(block) is var fault and not BlockFault.None)
            throw new InvalidOperationException($"block {block.Id.Short} does not follow: {fault}");
        var after = checkedBlock!.Value.After;
        (State, Certificate, checkedBlock) = (store.Commit(block, certificate, after), certificate, null);
        RequireKnownVersion();
    }

    private void RequireKnownVersion()
    {
        if (State.Version > speaks)
            throw StoreException.NewerVersion(State.Height + 1, State.Version, speaks);
    }
}
