using Ledger.Consensus.Chain;

namespace Ledger.Consensus.State;

/// <summary>Why a block cannot follow a state; <see cref="None"/> where it can.</summary>
public enum BlockFault : byte
{
    None = 0,
    WrongVersion,
    WrongChain,
    WrongHeight,
    WrongPreviousBlock,
    TimeNotAfterPrevious,
    WrongValidators,
    WrongStateRoot,
    WrongProposer,
    WrongContentRoot,
    WrongLastCommit,
    WrongClosing,
    BadSignature,
    RejectedTransaction,
    TooLarge,
    TimeOutOfRange,
    WrongParameters,
    BadEvidence,
}

/// <summary>
/// The only way from one state to the next: a pure function of the state and the block. Clocks, local data and local
/// training have no say here, or honest validators would disagree about validity.
/// </summary>
public static class Transition
{
    /// <summary>The state after <paramref name="block"/>, or null and the reason.</summary>
    public static BlockFault TryApply(ChainState state, Block block, out ChainState? next)
    {
        next = null;
        var fault = CheckHeader(state, block);
        if (fault != BlockFault.None)
            return fault;

        var working = Begin(state, block.Header.Time, block.Header.Proposer, block.LastCommit, block.Id);
        foreach (var evidence in block.Evidence)
            if (Slashing.TryPunish(ref working, evidence) != EvidenceFault.None)
                return BlockFault.BadEvidence;
        foreach (var closing in block.Closings)
            if (!Closing.TryApply(ref working, closing))
                return BlockFault.WrongClosing;
        working = Rounds.Advance(working);
        foreach (var transaction in block.Transactions)
        {
            if (!transaction.Verify(state.ChainId))
                return BlockFault.BadSignature;
            if (TryTransaction(ref working, transaction.Body, block.Header.Proposer) != Rejection.None)
                return BlockFault.RejectedTransaction;
        }
        next = StateLeaves.Commit(
            state, KeyRotations.Proceed(Validators.Rotate(Amendments.Decide(Rounds.Advance(working)))));
        return BlockFault.None;
    }

    /// <summary>
    /// The first step of a block at <paramref name="time"/>: the clock goes on, those who are missing are noted, tokens
    /// come free. Then come evidence (<see cref="Slashing.TryPunish"/>), closings (<see cref="Close"/>, also where
    /// nothing is closed: time alone may end a window) and transactions.
    /// </summary>
    public static ChainState Begin(
        ChainState state, ulong time, Address proposer, CommitCertificate? lastCommit, Crypto.Digest block = default)
    {
        var begun = Checkpoints.Advance(state with
        {
            Height = state.Height + 1,
            Time = time,
            LastBlock = block,
            Beacon = state.NextBeacon(),
        });
        return Unbonding.Release(Attendance.Count(begun, proposer, lastCommit));
    }

    /// <summary>Applies closings known to be right and lets the rounds go on, as <see cref="TryApply"/> does.</summary>
    public static ChainState Close(ChainState state, IEnumerable<CloseRound> closings)
    {
        foreach (var closing in closings)
            if (!Closing.TryApply(ref state, closing))
                throw new InvalidOperationException(
                    $"round {closing.Round} of task {closing.Task.Short} is not closing");
        return Rounds.Advance(state);
    }

    /// <summary>Applies one transaction whose signature has been checked; a refused one changes nothing.</summary>
    public static Rejection TryTransaction(ref ChainState state, Transaction transaction, Address proposer)
    {
        var working = state;
        var refused = Money.Charge(ref working, transaction, proposer);
        if (refused == Rejection.None)
            refused = Perform(ref working, transaction);
        if (refused == Rejection.None)
            state = working;
        return refused;
    }

    private static Rejection Perform(ref ChainState state, Transaction transaction) => transaction.Payload switch
    {
        Payload.Transfer p => Money.Transfer(ref state, transaction.Sender, p),
        Payload.Stake p => Money.Stake(ref state, transaction.Sender, p.Amount),
        Payload.Unstake p => Money.Unstake(ref state, transaction.Sender, p.Amount),
        Payload.CreateTask p => Contributions.Create(ref state, transaction, p.Spec),
        Payload.SubmitShard p => Contributions.Submit(ref state, transaction.Sender, p),
        Payload.WithdrawShard p => Contributions.Withdraw(ref state, transaction.Sender, p),
        Payload.CommitUpdate p => Contributions.Commit(ref state, transaction.Sender, p),
        Payload.RevealUpdate p => Contributions.Reveal(ref state, transaction.Sender, p),
        Payload.Attest p => Contributions.Attest(ref state, transaction.Sender, p),
        Payload.Evaluate p => Contributions.Evaluate(ref state, transaction.Sender, p),
        Payload.CommitRoot p => Contributions.CommitRoot(ref state, transaction.Sender, p),
        Payload.RevealRoot p => Contributions.RevealRoot(ref state, transaction.Sender, p),
        Payload.RotateKey p => KeyRotations.Rotate(ref state, transaction.Sender, p),
        Payload.Unjail => Attendance.Unjail(ref state, transaction.Sender),
        Payload.Amend p => Amendments.Vote(ref state, transaction.Sender, p.Amendment),
        _ => throw new InvalidOperationException($"no rule for a payload of kind {transaction.Payload.Kind}"),
    };

    private static BlockFault CheckHeader(ChainState state, Block block) => block.Header switch
    {
        var h when h.Version != state.Version => BlockFault.WrongVersion,
        var h when h.ChainId != state.ChainId => BlockFault.WrongChain,
        var h when h.Height != state.Height + 1 => BlockFault.WrongHeight,
        var h when h.PreviousBlock != state.LastBlock => BlockFault.WrongPreviousBlock,
        var h when h.Time <= state.Time => BlockFault.TimeNotAfterPrevious,
        { Time: > Codec.Limits.TimeMax } => BlockFault.TimeOutOfRange,
        var h when h.Validators != state.Validators.Digest() || h.NextValidators != state.NextValidators.Digest() =>
            BlockFault.WrongValidators,
        var h when h.Parameters != state.Parameters.Digest() => BlockFault.WrongParameters,
        var h when h.StateRoot != state.Tree.Root => BlockFault.WrongStateRoot,
        var h when state.Validators.IndexOf(h.Proposer) < 0 => BlockFault.WrongProposer,
        _ when !block.IsConsistent => BlockFault.WrongContentRoot,
        _ when !CommitsToPrevious(state, block) => BlockFault.WrongLastCommit,
        _ when block.Encoded.Length > Codec.Limits.BlockBytesMax => BlockFault.TooLarge,
        _ => BlockFault.None,
    };

    private static bool CommitsToPrevious(ChainState state, Block block) => block.LastCommit is { } commit
        ? state.Height > 0 && commit.Height == state.Height && commit.Block == state.LastBlock
            && commit.Verify(state.ChainId, state.LastValidators)
        : state.Height == 0;
}
