using Ledger.Consensus.Chain;

namespace Ledger.Consensus.Engine;

/// <summary>Our place on one height: among whom we vote, if we do, and how long we wait.</summary>
internal sealed class Seat(ulong height, ValidatorSet validators, Address? self, Timeouts timeouts)
{
    // Finding the proposer of a late round takes as many turns of the rotation.
    private readonly Dictionary<uint, Address> proposers = [];

    internal ulong Height => height;

    internal ValidatorSet Validators => validators;

    /// <summary>Our address where we are one of the validators; null for one who only follows.</summary>
    internal Address? Voter { get; } = self is { } address && validators.IndexOf(address) >= 0 ? address : null;

    internal Address ProposerOf(uint round)
    {
        if (!proposers.TryGetValue(round, out var proposer))
            proposers[round] = proposer = Proposers.Proposer(validators, round);
        return proposer;
    }

    internal Effect.SetTimer Timer(Step step, uint round) => new(height, round, step, timeouts.Of(step, round));
}
