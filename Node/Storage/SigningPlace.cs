using Ledger.Consensus.Chain;

namespace Ledger.Node.Storage;

/// <summary>
/// A point in the order in which a validator speaks: proposal, prevote, precommit, round by round, height by height.
/// An honest one never goes back.
/// </summary>
internal readonly record struct SigningPlace(ulong Height, uint Round, byte Step) : IComparable<SigningPlace>
{
    private const byte ProposalStep = 1, PrevoteStep = 2, PrecommitStep = 3;

    internal static SigningPlace Of(Vote vote) =>
        new(vote.Height, vote.Round, vote.Kind == VoteKind.Prevote ? PrevoteStep : PrecommitStep);

    internal static SigningPlace Of(Proposal offer) => new(offer.Height, offer.Round, ProposalStep);

    /// <inheritdoc/>
    public int CompareTo(SigningPlace other) =>
        (Height, Round, Step).CompareTo((other.Height, other.Round, other.Step));

    /// <summary>In words, for a person.</summary>
    public override string ToString() => $"height {Height}, round {Round}";
}
