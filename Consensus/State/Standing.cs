namespace Ledger.Consensus.State;

/// <summary>
/// What a validator has on its record. <paramref name="Missed"/> counts the last commits in a row without it,
/// <paramref name="JailedUntil"/> is the block time (milliseconds) from which it may ask to be back, null where it is
/// not jailed; <paramref name="Tombstoned"/> means that it has contradicted itself and never votes again.
/// </summary>
public readonly record struct Standing(ulong Missed, ulong? JailedUntil, bool Tombstoned)
{
    public bool MayVote => JailedUntil is null && !Tombstoned;
}
