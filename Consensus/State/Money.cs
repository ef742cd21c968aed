using Ledger.Consensus.Chain;

namespace Ledger.Consensus.State;

/// <summary>The rules of money: fees, transfers, stake. Checked integers; no rule makes or destroys a token.</summary>
internal static class Money
{
    /// <summary>Takes fee and nonce from the sender and gives the fee to the proposer.</summary>
    internal static Rejection Charge(ref ChainState state, Transaction transaction, Address proposer)
    {
        var sender = state.AccountOf(transaction.Sender);
        if (transaction.Nonce != sender.Nonce)
            return Rejection.WrongNonce;
        if (transaction.Fee < state.Parameters.MinimumFee)
            return Rejection.FeeTooLow;
        if (sender.Balance < transaction.Fee)
            return Rejection.InsufficientFunds;

        state = state.With(transaction.Sender,
            sender with { Balance = sender.Balance - transaction.Fee, Nonce = sender.Nonce + 1 });
        Credit(ref state, proposer, transaction.Fee);
        return Rejection.None;
    }

    internal static Rejection Transfer(ref ChainState state, Address from, Payload.Transfer transfer)
    {
        if (transfer.Amount == 0)
            return Rejection.AmountIsZero;
        var refused = Debit(ref state, from, transfer.Amount);
        // Read the receiver after the debit: sender and receiver may be the same account.
        if (refused == Rejection.None)
            Credit(ref state, transfer.To, transfer.Amount);
        return refused;
    }

    internal static Rejection Stake(ref ChainState state, Address owner, ulong amount)
    {
        if (amount == 0)
            return Rejection.AmountIsZero;
        if (state.StandingOf(owner).Tombstoned)
            return Rejection.Tombstoned;
        var refused = Debit(ref state, owner, amount);
        if (refused != Rejection.None)
            return refused;
        var account = state.AccountOf(owner);
        var staked = account with { Stake = account.Stake + amount };
        state = state.With(owner, staked);
        return staked.Stake < state.Parameters.MinimumStake ? Rejection.StakeBelowMinimum : Rejection.None;
    }

    internal static Rejection Unstake(ref ChainState state, Address owner, ulong amount)
    {
        if (amount == 0)
            return Rejection.AmountIsZero;
        var account = state.AccountOf(owner);
        if (account.Stake < amount)
            return Rejection.InsufficientStake;
        var left = account.Stake - amount;
        if (left != 0 && left < state.Parameters.MinimumStake)
            return Rejection.StakeBelowMinimum;

        var entry = Unbonding.Begin(state, owner);
        state = state.With(owner, account with { Stake = left }) with
        {
            Unbondings = state.Unbondings.SetItem(entry, state.Unbondings.GetValueOrDefault(entry) + amount),
        };
        return Validators.Candidates(state).Any() ? Rejection.None : Rejection.LastValidator;
    }

    internal static Rejection Debit(ref ChainState state, Address owner, ulong amount)
    {
        var account = state.AccountOf(owner);
        if (account.Balance < amount)
            return Rejection.InsufficientFunds;
        state = state.With(owner, account with { Balance = account.Balance - amount });
        return Rejection.None;
    }

    internal static void Credit(ref ChainState state, Address owner, ulong amount)
    {
        var account = state.AccountOf(owner);
        state = state.With(owner, account with { Balance = account.Balance + amount });
    }
}
