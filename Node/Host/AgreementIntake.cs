using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Node.Overlay;

namespace Ledger.Node.Host;

/// <summary>What became of a vote, a proposal or a certificate from a peer.</summary>
internal abstract record Intake
{
    private Intake()
    {
    }

    /// <summary>It is of no use: another height, known already, or from somebody who is nobody here.</summary>
    internal sealed record Useless : Intake;

    /// <summary>The next height's: kept until we get there.</summary>
    internal sealed record Early : Intake;

    /// <summary>Its signature or its content is wrong: who sends such a thing has not checked it.</summary>
    internal sealed record Forged : Intake;

    /// <summary>For the agreement at hand.</summary>
    internal sealed record Counts(Input Input) : Intake;
}

/// <summary>
/// The door of the agreement. Only the height at hand counts; what is one ahead waits for us to get there, the rest is
/// asked for when needed. Whoever is nobody here can sign what they like: it is not worth a check, a line in the log or
/// a copy to others.
/// </summary>
internal sealed class AgreementIntake(ChainHead head, Agreement agreement)
{
    // One prevote, one precommit and one proposal of each signer in each of the first rounds: at most 600 votes and
    // three blocks. What does not fit is sent again by our peers when they see that we lack it.
    private readonly Dictionary<(Address Signer, uint Round, VoteKind? Kind), (PeerId, WireMessage, ulong)> early = [];
    private readonly List<(Address Signer, uint Round, VoteKind? Kind)> order = [];
    private (ulong Height, ProposerTurns Turns)? next;

    /// <summary>Looks at a message that arrived when our wall clock showed <paramref name="arrivedMs"/>.</summary>
    internal Intake Take(PeerId from, WireMessage message, ulong arrivedMs, bool running)
    {
        if (IsEarly(message, out var place))
        {
            if (early.ContainsKey(place))
                return new Intake.Useless();
            if (Check(message, arrivedMs) is null)
                return new Intake.Forged();
            early.Add(place, (from, message, arrivedMs));
            order.Add(place);
            return new Intake.Early();
        }
        if (!running || !IsWanted(message))
            return new Intake.Useless();
        return Check(message, arrivedMs) is { } input ? new Intake.Counts(input) : new Intake.Forged();
    }

    /// <summary>What has waited, in the order in which it came, now that a height has passed.</summary>
    internal IReadOnlyList<(PeerId From, WireMessage Message, ulong ArrivedMs)> TakeEarly()
    {
        var waited = order.ConvertAll(place => early[place]);
        early.Clear();
        order.Clear();
        return waited;
    }

    private bool IsEarly(WireMessage message, out (Address Signer, uint Round, VoteKind? Kind) place)
    {
        (ulong Height, (Address, uint, VoteKind?) Place) found = message switch
        {
            WireMessage.Ballot { Vote.Vote: var vote } => (vote.Height, (vote.Validator, vote.Round, vote.Kind)),
            WireMessage.Offer { Proposal.Proposal: var offer } => (offer.Height, (offer.Proposer, offer.Round, null)),
            _ => (0UL, default),
        };
        (var height, place) = found;
        return height == agreement.Height + 1 && place.Round <= Limits.FutureRoundsMax
            && (place.Kind is null
                ? ProposerOfNext(place.Round) == place.Signer
                : head.State.NextValidators.IndexOf(place.Signer) >= 0);
    }

    private Address ProposerOfNext(uint round)
    {
        if (next?.Height != head.State.Height)
            next = (head.State.Height, new(head.State.NextValidators));
        return next.Value.Turns.Of(round);
    }

    private bool IsWanted(WireMessage message) => message switch
    {
        WireMessage.Ballot ballot => agreement.Wants(ballot.Vote.Vote),
        WireMessage.Offer offer => agreement.Wants(offer.Proposal.Proposal),
        WireMessage.Certified proof => agreement.Wants(proof.Certificate),
        _ => false,
    };

    private Input? Check(WireMessage message, ulong arrivedMs) => message switch
    {
        WireMessage.Ballot b => Verifier.Check(head.State.ChainId, b.Vote) is { } v ? new Input.Voted(v) : null,
        WireMessage.Offer o =>
            Verifier.Check(head.State.ChainId, o.Proposal) is { } p ? new Input.Proposed(p, arrivedMs) : null,
        WireMessage.Certified c =>
            Verifier.Check(head.State.ChainId, c.Certificate) is { } v ? new Input.Certified(v) : null,
        _ => null,
    };
}
