using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Chain;

/// <summary>
/// Who proposes in which round of one height: each turn of the rotation is taken once and remembered.
/// </summary>
public sealed class ProposerTurns(ValidatorSet set)
{
    private readonly Validator[] members = [.. set.Validators];
    private readonly List<Address> turns = [];

    /// <summary>The proposer of <paramref name="round"/>.</summary>
    public Address Of(uint round)
    {
        var turn = (int)(round % Limits.RoundsWithOwnTurn);
        while (turns.Count <= turn)
            turns.Add(members[Proposers.Turn(members, (long)set.TotalStake)].Address);
        return turns[turn];
    }
}
