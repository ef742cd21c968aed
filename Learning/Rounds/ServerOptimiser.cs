using Ledger.Learning.Aggregation;

namespace Ledger.Learning.Rounds;

/// <summary>What the network does with a round's step Δ before it adds it to the parameters, in exact integers. Rate
/// and moments are counted in 1/65536.</summary>
public sealed record ServerOptimiser(string Name, int Rate = ServerOptimiser.Whole, int Momentum = 0)
{
    public const string NoneName = "none";
    public const string ScaffoldName = "scaffold";

    /// <summary>1 as rates and moments are counted.</summary>
    public const int Whole = 1 << 16;

    private const int RateBits = 16;

    // Reddi et al. (2021): b2 = 0.99, tau = 1e-3 in Q7.24, v starts at tau squared.
    private const long SecondKept = 64_881;
    private const long Tau = 16_777;

    /// <summary>What may be named in a recipe.</summary>
    public static readonly IReadOnlyList<string> Names =
        [NoneName, "momentum", "nesterov", "adam", "yogi", ScaffoldName];

    /// <summary>The step as it is.</summary>
    public static ServerOptimiser None { get; } = new(NoneName);

    /// <summary>The step to take and what to remember; both have one value a parameter.</summary>
    public (int[] Step, ServerState State) Step(int[] delta, ServerState state) => Name switch
    {
        "momentum" => Accelerated(delta, state, (_, momentum) => Scaled(momentum, Rate)),
        "nesterov" => Accelerated(delta, state, (d, momentum) => Scaled(d + Scaled(momentum, Momentum), Rate)),
        "adam" => Adaptive(delta, state, (second, square) =>
            Scaled(second, SecondKept) + Scaled(square, Whole - SecondKept)),
        "yogi" => Adaptive(delta, state, (second, square) =>
            second - Math.Sign(second - square) * Scaled(square, Whole - SecondKept)),
        ScaffoldName => Controlled(delta, state),
        _ => (delta, state),
    };

    // FedAvgM (Hsu et al., 2019): v = b·v + Δ. DiLoCo (Douillard et al., 2023) steps by Δ + b·v, as Nesterov does.
    private (int[], ServerState) Accelerated(int[] delta, ServerState state, Func<long, long, long> step)
    {
        var momentum = Remembered(delta, state);
        var steps = new int[delta.Length];
        for (var k = 0; k < delta.Length; k++)
        {
            momentum[k] = Saturated(Scaled(momentum[k], Momentum) + delta[k]);
            steps[k] = Saturated(step(delta[k], momentum[k]));
        }
        return (steps, new(momentum, []));
    }

    // SCAFFOLD (Karimireddy et al., 2020), algorithm 1: of N parties S take part, V = (1 - S/N)·V + S/N·Δ, and the
    // momentum is 1 - S/N. What contributors do with V stands in ControlVariate.
    private (int[], ServerState) Controlled(int[] delta, ServerState state)
    {
        var variate = Remembered(delta, state);
        for (var k = 0; k < delta.Length; k++)
            variate[k] = Averaged(variate[k], delta[k]);
        return ([.. delta.Select(each => Saturated(Scaled(each, Rate)))], new(variate, []));
    }

    // FedAdam and FedYogi (Reddi et al., 2021, algorithm 2): m = b1·m + (1-b1)·Δ, step = rate·m / (sqrt(v) + tau).
    private (int[], ServerState) Adaptive(int[] delta, ServerState state, Func<long, long, long> second)
    {
        var momentum = Remembered(delta, state);
        long[] moments = [.. state.Second.Length == 0 ? Enumerable.Repeat(Tau * Tau, delta.Length) : state.Second];
        var steps = new int[delta.Length];
        for (var k = 0; k < delta.Length; k++)
        {
            momentum[k] = Averaged(momentum[k], delta[k]);
            moments[k] = second(moments[k], Square(delta[k]));
            var root = (long)FixedPoint.SquareRoot((ulong)Math.Max(0, moments[k]));
            // Rate·m in Q24 over Q24, scaled up once more: below 2^16 · 2^31 · 2^8.
            steps[k] = Saturated(FixedPoint.RoundedQuotient(
                (long)Rate * momentum[k] << (FixedPoint.FractionBits - RateBits), root + Tau));
        }
        return (steps, new(momentum, moments));
    }

    private static int[] Remembered(int[] delta, ServerState state) =>
        state.Momentum.Length == 0 ? new int[delta.Length] : [.. state.Momentum];

    private int Averaged(int before, int delta) =>
        Saturated(Scaled(before, Momentum) + Scaled(delta, Whole - Momentum));

    // A step beyond 64 would leave the parameters' range at once; its square fits in 61 bits.
    private static long Square(int delta)
    {
        long bounded = Math.Clamp(delta, -(1 << 30), 1 << 30);
        return bounded * bounded;
    }

    // Half away from zero, so that negated updates negate the step. Q48 times 2^16 fits in 127 bits.
    private static long Scaled(long value, long share)
        => (long)(((Int128)Math.Abs(value) * share + (Whole / 2)) >> RateBits) * Math.Sign(value);

    private static int Saturated(long value) => (int)Math.Clamp(value, int.MinValue, int.MaxValue);
}
