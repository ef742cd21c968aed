using Ledger.Node.Http;

namespace Ledger.Node.Cli.Devnet;

/// <summary>How long each round took and what it sent, from observations of a task as it moves on.</summary>
internal sealed class RoundMeter
{
    private readonly Dictionary<uint, (ulong Bytes, TimeSpan Time)> ends = [];

    /// <summary>The state of the task with the bytes that all nodes have sent until now.</summary>
    internal void Observe(TaskView task, ulong bytes, TimeSpan now)
    {
        foreach (var round in task.Results)
            ends.TryAdd(round.Number, (bytes, now));
    }

    /// <summary>All rounds that are done, round 0 with what it took to start.</summary>
    internal IEnumerable<RoundRow> Rows(TaskView task)
    {
        foreach (var round in task.Results)
        {
            var (bytes, time) = ends[round.Number];
            var (before, start) = round.Number == 0 ? default : ends[round.Number - 1];
            // A node that was restarted counts from zero again.
            yield return RoundRow.Of(round, bytes > before ? bytes - before : 0, (time - start).TotalSeconds);
        }
    }
}
