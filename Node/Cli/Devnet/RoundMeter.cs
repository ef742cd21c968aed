using Ledger.Node.Http;

namespace Ledger.Node.Cli.Devnet;

/// <summary>How long each round took and what it sent, from observations of a task as it moves on.</summary>
internal sealed class RoundMeter
{
    // Rows are evaluated while the next rounds go on.
    private const int LateRounds = 20;

    // The first is round 0 with what it took to start.
    private readonly List<(ulong Bytes, TimeSpan Time)> ends = [];

    /// <summary>The first round of which something may have become known since the last observation.</summary>
    internal int From => Math.Max(0, ends.Count - LateRounds);

    /// <summary>The rounds of a task from <see cref="From"/> on, where all nodes have sent so many bytes until
    /// now.</summary>
    internal List<RoundRow> Observe(TaskView task, ulong bytes, TimeSpan now)
    {
        var rows = new List<RoundRow>();
        foreach (var round in task.Results)
        {
            if (round.Number == ends.Count)
                ends.Add((bytes, now));
            var (sent, time) = ends[(int)round.Number];
            var (before, start) = round.Number == 0 ? default : ends[(int)round.Number - 1];
            // A node that was restarted counts from zero again.
            rows.Add(RoundRow.Of(round, sent > before ? sent - before : 0, (time - start).TotalSeconds));
        }
        return rows;
    }
}
