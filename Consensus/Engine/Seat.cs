using Ledger.Consensus.Chain;

namespace Ledger.Consensus.Engine;

/// <summary>Our place on one height: among whom we vote, if we do, and how long we wait.</summary>
internal sealed class Seat(
    ulong height, ValidatorSet validators, Address? self, Timeouts timeouts, Synchrony synchrony)
{
    private readonly ProposerTurns turns = new(validators);

    internal ulong Height => height;

    internal ValidatorSet Validators => validators;

    internal Synchrony Synchrony => synchrony;

    /// <summary>Our address where we are one of the validators; null for one who only follows.</summary>
    internal Address? Voter { get; } = self is { } address && validators.IndexOf(address) >= 0 ? address : null;

    internal Address ProposerOf(uint round) => turns.Of(round);

    internal Effect.SetTimer Timer(Step step, uint round) => new(height, round, step, timeouts.Of(step, round));
}
