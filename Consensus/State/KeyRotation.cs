using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.State;

/// <summary>
/// To whom the stake of a validator's old key went. The new key answers for what the old one signed while it had power:
/// before height <paramref name="Left"/>, null while it has some still. All that is forgotten at
/// <paramref name="Until"/>, block time in milliseconds, which counts from then on.
/// </summary>
public readonly record struct KeyRotation(Address To, ulong? Left, ulong Until);

/// <summary>
/// A validator's change of its key: the stake goes over at once, without unbonding, and with it what stands on the
/// record and what the old key may still be punished for. So nobody gets away with a contradiction, and whoever steals
/// an old key can do no harm with it once it has lost its power.
/// </summary>
public static class KeyRotations
{
    /// <summary>What the new key signs: it takes over what the old one is liable for.</summary>
    public static Digest ConsentDigest(Digest chainId, Address from, Address to) =>
        Digest.Of("ledger/rotate-key", new Codec.Writer().Array(3).Digest(chainId).Address(from).Address(to).Written);

    internal static Rejection Rotate(ref ChainState state, Address from, Payload.RotateKey rotate)
    {
        var (old, fresh, standing) = (state.AccountOf(from), state.AccountOf(rotate.To), state.StandingOf(from));
        if (standing.Tombstoned)
            return Rejection.Tombstoned;
        if (old.Stake == 0)
            return Rejection.InsufficientStake;
        if (state.Rotations.ContainsKey(from))
            return Rejection.AlreadyRotated;
        if (fresh.Stake > 0 || state.StandingOf(rotate.To) != default)
            return Rejection.KeyInUse;
        if (!rotate.To.Key.Verify(ConsentDigest(state.ChainId, from, rotate.To), rotate.Consent))
            return Rejection.NoConsent;
        state = state.With(from, old with { Stake = 0 }).With(rotate.To, fresh with { Stake = old.Stake })
            .With(from, default(Standing)).With(rotate.To, standing with { Missed = 0 });
        state = With(state, from, new(rotate.To, Left: null, Until: 0));
        return Rejection.None;
    }

    /// <summary>After the sets of a block are chosen: notes who has lost its power, forgets what is over.</summary>
    internal static ChainState Proceed(ChainState state)
    {
        foreach (var (from, rotation) in state.Rotations)
            if (rotation.Left is null && state.Validators.IndexOf(from) < 0)
                state = With(state, from, rotation with
                {
                    Left = state.Height + 1,
                    Until = state.Time + state.Parameters.Unbonding,
                });
            else if (rotation.Left is not null && rotation.Until <= state.Time)
                state = state with { Rotations = state.Rotations.Remove(from) };
        return state;
    }

    /// <summary>Whose stake answers for what somebody signed at a height: its own, and that of the keys after
    /// it.</summary>
    internal static ImmutableArray<Address> Liable(ChainState state, Address offender, ulong height)
    {
        var liable = ImmutableArray.Create(offender);
        while (state.Rotations.TryGetValue(liable[^1], out var rotation) && !liable.Contains(rotation.To)
            && (rotation.Left is not { } left || height < left))
            liable = liable.Add(rotation.To);
        return liable;
    }

    private static ChainState With(ChainState state, Address from, KeyRotation rotation) =>
        state with { Rotations = state.Rotations.SetItem(from, rotation) };
}
