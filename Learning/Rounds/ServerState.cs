namespace Ledger.Learning.Rounds;

/// <summary>What a server optimiser remembers between rounds, one value a parameter: the momentum in Q7.24 and, of
/// Adam and Yogi, the second moment in Q48. Empty where nothing is remembered yet.</summary>
public sealed record ServerState(int[] Momentum, long[] Second)
{
    public static ServerState Empty { get; } = new([], []);

    public bool Equals(ServerState? other)
        => other is not null && Momentum.AsSpan().SequenceEqual(other.Momentum)
            && Second.AsSpan().SequenceEqual(other.Second);

    public override int GetHashCode() => Momentum.Length;
}
