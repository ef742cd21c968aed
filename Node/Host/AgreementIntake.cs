using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Node.Overlay;

namespace Ledger.Node.Host;

/// <summary>What became of a vote or a proposal from a peer.</summary>
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
    // A few blocks, or all votes of a few rounds. What does not fit is sent again by our peers when they see that we
    // lack it.
    private const int EarlyBytesMax = 8 << 20;

    private readonly Queue<(PeerId From, WireMessage Message, int Bytes)> early = new();
    private int earlyBytes;

    /// <summary>Looks at a ballot or an offer of so many bytes.</summary>
    internal Intake Take(PeerId from, WireMessage message, int bytes, bool running)
    {
        var next = HeightOf(message) == agreement.Height + 1 && IsFromNextValidator(message)
            && earlyBytes + bytes <= EarlyBytesMax;
        if (!next && !(running && IsWanted(message)))
            return new Intake.Useless();
        if (Check(message) is not { } input)
            return new Intake.Forged();
        if (!next)
            return new Intake.Counts(input);
        early.Enqueue((from, message, bytes));
        earlyBytes += bytes;
        return new Intake.Early();
    }

    /// <summary>What has waited, to be taken again now that a height has passed.</summary>
    internal IReadOnlyList<(PeerId From, WireMessage Message, int Bytes)> TakeEarly()
    {
        var waited = early.ToList();
        early.Clear();
        earlyBytes = 0;
        return waited;
    }

    private static ulong HeightOf(WireMessage message) => message is WireMessage.Ballot ballot
        ? ballot.Vote.Vote.Height
        : ((WireMessage.Offer)message).Proposal.Proposal.Height;

    private bool IsFromNextValidator(WireMessage message) => head.State.NextValidators.IndexOf(message switch
    {
        WireMessage.Ballot ballot => ballot.Vote.Vote.Validator,
        WireMessage.Offer offer => offer.Proposal.Proposal.Proposer,
        _ => default,
    }) >= 0;

    private bool IsWanted(WireMessage message) => message switch
    {
        WireMessage.Ballot ballot => agreement.Wants(ballot.Vote.Vote),
        WireMessage.Offer offer => agreement.Wants(offer.Proposal.Proposal),
        _ => false,
    };

    private Input? Check(WireMessage message) => message switch
    {
        WireMessage.Ballot b => Verifier.Check(head.State.ChainId, b.Vote) is { } v ? new Input.Voted(v) : null,
        WireMessage.Offer o => Verifier.Check(head.State.ChainId, o.Proposal) is { } p ? new Input.Proposed(p) : null,
        _ => null,
    };
}
