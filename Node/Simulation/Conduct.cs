using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;

namespace Ledger.Node.Simulation;

/// <summary>
/// Whether an honest node does in time what the rules ask for: compared is what it knows with what it has become, so
/// that a rule that never applies, or too early, is noticed before it costs anything.
/// </summary>
internal sealed class Conduct
{
    // Clocks of the simulation run up to a tenth too fast.
    private const double Pace = 0.85;

    private readonly Dictionary<(ulong Height, uint Round), long> timers = [];
    private readonly HashSet<(ulong Height, uint Round)> reached = [];
    private readonly Dictionary<int, long> entered = [];

    /// <summary>What a node does wrong, having been <paramref name="before"/>; null where nothing.</summary>
    internal string? Fault(SimulatedNode node, RoundState? before, Agreement agreement)
    {
        var now = agreement.State;
        // Who only follows waits for decisions, not for polkas.
        if (node.Replica!.Head.State.Validators.IndexOf(node.Self) < 0)
            return null;
        return ReferenceEquals(before, now) ? Overlooks(agreement)
            : now.PrevoteTimer && now.Step == Step.Propose ? "P9 starts the timer of the prevotes before its own"
            : Hurries(node, before, agreement) ?? Overlooks(agreement);
    }

    internal void Forget(ulong below)
    {
        foreach (var place in timers.Keys.Where(p => p.Height < below).ToList())
            timers.Remove(place);
        reached.RemoveWhere(p => p.Height < below);
    }

    private static string? Overlooks(Agreement agreement)
    {
        var (now, votes) = (agreement.State, agreement.Votes);
        if (now.Decided)
            return null;
        if (votes.Committed is { } commit && IsAtHand(agreement, commit.Block))
            return $"P9 has all that decides {commit.Block.Short}, and does not decide";
        if (now.Step >= Step.Prevote && votes.QuorumBlock(now.Round, VoteKind.Prevote) is { } block
            && now.Valid?.Round != now.Round && agreement.Proposals(now.Round).Any(p => p.Proposal.Block == block)
            && IsAtHand(agreement, block))
            return $"P4 overlooks the polka of {block.Short} in round {now.Round}";
        foreach (var round in votes.Rounds)
            if (round > now.Round + Limits.FutureRoundsMax && votes.Votes(round, VoteKind.Prevote).Count
                + votes.Votes(round, VoteKind.Precommit).Count == 1)
                return $"P16 keeps a lonely vote of round {round} in round {now.Round}";
        return null;
    }

    // What closes a round is checked only when the aggregation is done.
    private static bool IsAtHand(Agreement agreement, Digest block) =>
        agreement.OfferOf(block) is { Block.Closings.IsEmpty: true };

    private string? Hurries(SimulatedNode node, RoundState? before, Agreement agreement)
    {
        var now = agreement.State;
        if (now.PrecommitTimer)
            timers.TryAdd((agreement.Height, now.Round), node.World.Timeline.NowUs);
        if (before is null || node.SeenAgreementHeight != agreement.Height)
        {
            // After a start nobody knows how long it has been in its round.
            entered.Remove(node.Index);
            if (now is { Round: 0, Step: Step.Propose })
                entered[node.Index] = node.World.Timeline.NowUs;
            return null;
        }
        if (before.Round == now.Round)
            return before.Step == Step.Propose && now.Step != Step.Propose ? GivesUpEarly(node, agreement) : null;
        entered[node.Index] = node.World.Timeline.NowUs;
        return before.Round < now.Round ? EntersEarly(node, (agreement.Height, now.Round)) : null;
    }

    // The first in a round has waited for its timer; the others may follow at once.
    private string? EntersEarly(SimulatedNode node, (ulong Height, uint Round) place) =>
        reached.Add(place) && !node.World.HasDishonest
        && !(timers.TryGetValue((place.Height, place.Round - 1), out var set)
            && HasPassed(node, set, node.World.Genesis.Parameters.VoteTimeout))
            ? $"P9 is the first in round {place.Round} of height {place.Height}, and no timer went off"
            : null;

    private string? GivesUpEarly(SimulatedNode node, Agreement agreement)
    {
        var round = agreement.State.Round;
        return agreement.Votes.VoteOf(node.Self, round, VoteKind.Prevote) is { Vote.Block: null }
            && agreement.Proposals(round).Count == 0 && entered.TryGetValue(node.Index, out var since)
            && !HasPassed(node, since, node.World.Genesis.Parameters.ProposeTimeout)
            ? $"P9 gives up on the proposal of round {round} of height {agreement.Height} too early"
            : null;
    }

    private static bool HasPassed(SimulatedNode node, long sinceUs, ulong milliseconds) =>
        node.World.Timeline.NowUs >= sinceUs + (long)(milliseconds * 1000 * Pace);
}
