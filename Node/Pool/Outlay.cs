using Ledger.Consensus.Chain;
using Ledger.Consensus.State;

namespace Ledger.Node.Pool;

/// <summary>What a transaction takes from its sender besides the fee, as far as can be told before it runs.</summary>
internal static class Outlay
{
    internal static UInt128 Of(Payload payload, ChainState state) => payload switch
    {
        Payload.Transfer p => p.Amount,
        Payload.Stake p => p.Amount,
        Payload.CreateTask p => (UInt128)p.Spec.Reward * p.Spec.Rounds,
        Payload.CommitUpdate p when state.Tasks.TryGetValue(p.Task, out var task) => task.Spec.Deposit,
        _ => 0,
    };
}
