using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.State;

/// <summary>That the block of a height had a time, in milliseconds.</summary>
public readonly record struct Checkpoint(ulong Height, ulong Time);

/// <summary>
/// The times of past heights, as coarsely as evidence needs them: a checkpoint whenever block time has gone on by a
/// step, a fraction of the evidence age. A height counts as old as the checkpoint at or below it, so its age is
/// overestimated by less than a step and never underestimated: evidence may expire early by that much, never late.
/// </summary>
internal static class Checkpoints
{
    /// <summary>Milliseconds between two checkpoints.</summary>
    internal static ulong Step(ChainParameters parameters) =>
        (parameters.EvidenceAge + Limits.CheckpointsMax - 1) / Limits.CheckpointsMax;

    /// <summary>The state with the checkpoints that its height and time call for.</summary>
    internal static ChainState Advance(ChainState state)
    {
        var kept = state.Checkpoints;
        if (state.Time - kept[^1].Time >= Step(state.Parameters))
            kept = kept.Add(new(state.Height, state.Time));
        var expired = 0;
        while (expired < kept.Length - 1 && IsExpired(state, kept[expired].Time))
            expired++;
        return expired == 0 && kept == state.Checkpoints ? state : state with { Checkpoints = kept[expired..] };
    }

    /// <summary>Whether what was said at a past height is too old to be held against anybody.</summary>
    internal static bool IsTooOld(ChainState state, ulong height)
    {
        var at = Last(state, height);
        return at < 0 || IsExpired(state, state.Checkpoints[at].Time);
    }

    internal static void Write(Writer writer, ImmutableArray<Checkpoint> checkpoints)
    {
        writer.Array(checkpoints.Length);
        foreach (var (height, time) in checkpoints)
            writer.Array(2).UInt(height).UInt(time);
    }

    internal static ImmutableArray<Checkpoint> Read(ref Reader reader)
    {
        var checkpoints = ImmutableArray.CreateBuilder<Checkpoint>();
        // Two more than fit between now and the oldest age: the one just passed, and the one just made.
        for (int i = 0, n = reader.Count(Limits.CheckpointsMax + 2); i < n && !reader.Failed; i++)
        {
            reader.Array(2);
            checkpoints.Add(new(reader.UInt(), reader.UInt()));
        }
        if (checkpoints.Count == 0)
            reader.Fail();
        return checkpoints.ToImmutable();
    }

    // The place of the checkpoint at or below a height, or -1.
    private static int Last(ChainState state, ulong height)
    {
        var at = state.Checkpoints.Length - 1;
        while (at >= 0 && state.Checkpoints[at].Height > height)
            at--;
        return at;
    }

    private static bool IsExpired(ChainState state, ulong time) =>
        state.Time - time > state.Parameters.EvidenceAge;
}
