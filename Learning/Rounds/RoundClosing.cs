using System.Collections.Immutable;
using Ledger.Learning.Aggregation;

namespace Ledger.Learning.Rounds;

/// <summary>A scorer's own step from the round's parameters over rows that it holds out, committed before it has seen
/// an update, and the stake that it speaks for.</summary>
public sealed record Root(ModelUpdate Update, ulong Weight);

/// <summary>What became of an update.</summary>
public enum Outcome : byte
{
    Accepted = 0,

    /// <summary>Longer than four times the median: refused, as clipping would make it plausible.</summary>
    OverNorm = 1,

    /// <summary>Its cosine to the committee's roots is below zero or a quarter of the median, by more than half a
    /// standard error.</summary>
    Gated = 2,
}

/// <summary>Of one update: the outcome, the committee's score (a cosine in 1/65536, 0 without a committee), with how
/// many accepted ones, itself included, it shares weight and reward, what it was worth (65536: the average of the
/// round's accepted ones; the same for all where nobody scores), and its Euclidean norm (65536: the median; at most 256
/// times that).</summary>
public readonly record struct Verdict(Outcome Outcome, int Score, int Shares, int Merit, int Norm);

/// <summary>All that a closing depends on. The updates are in the order in which they were promised.</summary>
public sealed record RoundInput
{
    public required AggregationRule Rule { get; init; }

    public required int[] Parameters { get; init; }

    public required int Exponent { get; init; }

    public required IReadOnlyList<ModelUpdate> Updates { get; init; }

    public IReadOnlyList<Root> Roots { get; init; } = [];

    /// <summary>So many must be accepted, or the parameters are carried over.</summary>
    public int MinAccepted { get; init; } = 1;

    /// <summary>Breaks ties; nobody knew it when the updates were promised.</summary>
    public ulong Seed { get; init; }

    /// <summary>How the updates travelled: it bounds their values.</summary>
    public UpdateFormat Format { get; init; }

    public ServerOptimiser Server { get; init; } = ServerOptimiser.None;

    /// <summary>What the server optimiser left behind after the last round; empty before the first.</summary>
    public ServerState State { get; init; } = ServerState.Empty;
}

/// <summary>Parameters, exponent and server state for the next round, a verdict for each update, and root by root the
/// cosines to the updates in 1/127.</summary>
public sealed record RoundOutcome(
    int[] Parameters, int Exponent, ServerState State, ImmutableArray<Verdict> Verdicts,
    ImmutableArray<sbyte> Cosines, bool CarriedOver);

/// <summary>
/// The end of a round as one function in exact integers (the committee of roots): refuses what is too long, scores
/// every update by its cosine to the committee's roots, lets near-duplicates share one weight, combines the rest and
/// takes the server's step. Nobody sends a score, so none can be falsified. After FLTrust (Cao et al., 2021) and
/// Zeno++ (Xie et al., 2020), with a committee instead of a server.
/// </summary>
public static class RoundClosing
{
    /// <summary>Cosine from which two updates count as copies: 0.95.</summary>
    public const int DuplicateCosine = 62_259;

    // Squared: four times the median.
    private const long NormBoundSquared = 16;

    // A score must be above this part of the median.
    private const int GateQuotient = 4;

    private const int BoundInMedians = 3;

    // One round's luck is not worth more than this many average updates.
    private const int MeritMax = 16 << Norms.CosineBits;

    private const int NormMax = 256 << Norms.CosineBits;

    private const int Half = 1 << Norms.CosineBits - 1;

    public static RoundOutcome Close(RoundInput input, int threads = 1)
    {
        var n = input.Updates.Count;
        var all = Cohort.Of([.. input.Updates, .. input.Roots.Select(root => root.Update)], threads);
        var cosines = input.Roots.Select((_, s) => Enumerable.Range(0, n).Select(i => all.Cosine(n + s, i)).ToArray())
            .ToArray();
        var scores = Scores(cosines, n, input.Roots);
        var norms = scores.Select((_, i) => all.Product(i, i)).ToArray();
        var outcomes = Judge(norms, scores);
        var groups = Groups(all, [.. Enumerable.Range(0, n).Where(i => outcomes[i] == Outcome.Accepted)]);
        var verdicts = Verdicts(outcomes, scores, groups, norms);
        if (groups.Sum(group => group.Length) < input.MinAccepted || !input.Rule.CanDoWith(groups.Length))
            return new(input.Parameters, input.Exponent, input.State, verdicts, Told(cosines), CarriedOver: true);

        new SplitMix64(input.Seed).Shuffle(groups.AsSpan());
        var cohort = all.Take(groups);
        var step = Aggregate.Step(input.Rule, cohort, input.Exponent, input.Seed, threads);
        var (taken, state) = input.Server.Step(step, input.State);
        return new(
            Aggregate.Add(input.Parameters, taken),
            ExponentVote.Next(input.Exponent, cohort.Updates, input.Format.Largest()), state, verdicts, Told(cosines),
            CarriedOver: false);
    }

    private static Outcome[] Judge(long[] norms, Score[] scores)
    {
        var longest = LowerMedian(norms) * NormBoundSquared;
        var within = scores.Where((_, i) => norms[i] <= longest).Select(score => (long)score.Mean).ToArray();
        var gate = Math.Max(0, LowerMedian(within) / GateQuotient);
        return [.. scores.Select((score, i) => norms[i] > longest ? Outcome.OverNorm
            : score.Passes(gate) ? Outcome.Accepted : Outcome.Gated)];
    }

    // The mean by stake of the cosines to all roots, each bounded by three times the median size of a cosine: roots
    // of one-sided data are too noisy for a median, and an unbounded one would let a scorer lift its accomplice alone.
    private static Score[] Scores(int[][] cosines, int updates, IReadOnlyList<Root> roots)
    {
        var bound = BoundInMedians * LowerMedian([.. cosines.SelectMany(row => row).Select(c => (long)Math.Abs(c))]);
        var stake = roots.Aggregate((UInt128)0, (sum, root) => sum + root.Weight);
        var weights = roots.Select(root => (long)(((UInt128)root.Weight << Norms.CosineBits) / stake)).ToArray();
        return [.. Enumerable.Range(0, updates).Select(i =>
            Score.Of([.. cosines.Select(row => Math.Clamp(row[i], -bound, bound))], weights))];
    }

    // To the nearest: a byte each is enough to see which scorer saw what.
    private static ImmutableArray<sbyte> Told(int[][] cosines) =>
        [.. cosines.SelectMany(row => row).Select(c => (sbyte)(c * sbyte.MaxValue + Half >> Norms.CosineBits))];

    // Each joins the first one before it that it is a copy of; whoever was first stands for the group.
    private static int[][] Groups(Cohort all, int[] accepted)
    {
        var groups = new List<List<int>>();
        foreach (var i in accepted)
            if (groups.Find(group => all.Cosine(group[0], i) >= DuplicateCosine) is { } found)
                found.Add(i);
            else
                groups.Add([i]);
        return [.. groups.Select(group => group.ToArray())];
    }

    private static ImmutableArray<Verdict> Verdicts(
        Outcome[] outcomes, Score[] scores, int[][] groups, long[] norms)
    {
        var shares = new int[outcomes.Length];
        foreach (var group in groups)
            foreach (var i in group)
                shares[i] = group.Length;
        var merits = Merits([.. scores.Select((score, i) => shares[i] == 0 ? 0 : score.Worth / shares[i])],
            shares.Count(count => count > 0));
        var median = LowerMedian(norms);
        return [.. outcomes.Select((outcome, i) =>
            new Verdict(outcome, scores[i].Mean, shares[i], merits[i], Relative(norms[i], median)))];
    }

    // Of squared norms; beside a median of nothing everything is as long as can be said.
    private static int Relative(long norm, long median) => norm == 0 ? 0
        : median == 0 ? NormMax
        : (int)Math.Min(FixedPoint.SquareRoot(((UInt128)norm << 2 * Norms.CosineBits) / (UInt128)median), NormMax);

    // In parts of the accepted ones' average: scores shrink as training goes on, and whoever joins late is worth as
    // much as whoever was there at the start.
    private static int[] Merits(long[] worths, int accepted)
    {
        var sum = worths.Sum();
        return [.. worths.Select(worth => sum == 0 ? 0
            : (int)Math.Min(MeritMax, (worth * accepted << Norms.CosineBits) / sum))];
    }

    private static long LowerMedian(long[] values)
        => values.Length == 0 ? 0 : values.Order().ElementAt((values.Length - 1) / 2);
}
