using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>
/// What a round's closing says of one included update: why it was taken or not (a number of the learning code, 0 where
/// it was taken), the committee's score in 1/65536, with how many, itself included, it shares weight and reward (0
/// where it was not taken), what it was worth (65536 is the average of those taken; the reward follows that), and its
/// Euclidean norm (65536 is the median of the round's).
/// </summary>
public readonly record struct Verdict(uint Outcome, int Score, uint Shares, uint Merit, uint Norm)
{
    /// <summary>A cosine of one.</summary>
    public const int ScoreMax = 1 << 16;

    /// <summary>The average of the updates taken.</summary>
    public const uint MeritOne = 1 << 16;

    /// <summary>No single round counts for more.</summary>
    public const uint MeritMax = 16 * MeritOne;

    /// <summary>The median norm of a round.</summary>
    public const uint NormOne = 1 << 16;

    /// <summary>Longer ones are said to be so long.</summary>
    public const uint NormMax = 256 * NormOne;

    private const uint OutcomeMax = 255;

    internal void Write(Writer writer) =>
        writer.Array(5).UInt(Outcome).UInt((ulong)(Score + ScoreMax)).UInt(Shares).UInt(Merit).UInt(Norm);

    internal static Verdict Read(ref Reader reader)
    {
        reader.Array(5);
        return new(reader.UInt32(OutcomeMax), (int)reader.UInt(2 * ScoreMax) - ScoreMax,
            reader.UInt32(Limits.ContributorsMax), reader.UInt32(MeritMax), reader.UInt32(NormMax));
    }
}

/// <summary>
/// A round of learning and what comes out of it: the parameters, the exponent of the next round's updates, what the
/// server optimiser keeps (zero where nothing), the bytes of the updates and roots that it was computed from, a
/// verdict for each included update in the order of their contributors, none where too few were included, and root by
/// root the cosines to them in 1/127. Part of a block, not a transaction: a validator prevotes for it only after it has
/// computed the same, bit for bit.
/// </summary>
public sealed record CloseRound(
    Digest Task, uint Round, Digest Parameters, uint Exponent, Digest Server, ulong Bytes,
    ImmutableArray<Verdict> Verdicts, ImmutableArray<sbyte> Cosines)
{
    /// <summary>A cosine of one among <see cref="Cosines"/>.</summary>
    public const int CosineOne = 127;

    /// <summary>As many as a committee and a round can have.</summary>
    internal const int CosinesMax = Limits.ScorersMax * Limits.ContributorsMax;

    public bool Equals(CloseRound? other) => other is not null
        && (Task, Round, Parameters, Exponent, Server, Bytes) ==
            (other.Task, other.Round, other.Parameters, other.Exponent, other.Server, other.Bytes)
        && Verdicts.SequenceEqual(other.Verdicts) && Cosines.SequenceEqual(other.Cosines);

    public override int GetHashCode() => Parameters.GetHashCode();

    public byte[] Encode()
    {
        var writer = new Writer();
        Write(writer);
        return writer.ToArray();
    }

    public void Write(Writer writer)
    {
        writer.Array(8).Digest(Task).UInt(Round).Digest(Parameters).UInt(Exponent).Digest(Server).UInt(Bytes)
            .Array(Verdicts.Length);
        foreach (var verdict in Verdicts)
            verdict.Write(writer);
        Write(writer, Cosines);
    }

    internal static void Write(Writer writer, ImmutableArray<sbyte> cosines) =>
        writer.Bytes(MemoryMarshal.AsBytes(cosines.AsSpan()));

    internal static ImmutableArray<sbyte> ReadCosines(ref Reader reader) =>
        [.. MemoryMarshal.Cast<byte, sbyte>(reader.Bytes(CosinesMax))];

    public static CloseRound Read(ref Reader reader)
    {
        reader.Array(8);
        var closing = new CloseRound(
            reader.Digest(), reader.UInt32(), reader.Digest(), reader.UInt32(TaskSpec.ExponentMax), reader.Digest(),
            reader.UInt(), [], []);
        var verdicts = ImmutableArray.CreateBuilder<Verdict>();
        for (int i = 0, n = reader.Count(Limits.ContributorsMax); i < n && !reader.Failed; i++)
            verdicts.Add(Verdict.Read(ref reader));
        return closing with { Verdicts = verdicts.ToImmutable(), Cosines = ReadCosines(ref reader) };
    }
}
