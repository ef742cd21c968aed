namespace Ledger.Node.Simulation;

/// <summary>
/// Virtual time in microseconds. Nothing happens but what was scheduled, in its order; of two things due at once the
/// one scheduled first comes first, so that one seed is one history.
/// </summary>
internal sealed class Timeline
{
    private readonly PriorityQueue<Action, (long DueUs, long Order)> queue = new();
    private long order;

    internal long NowUs { get; private set; }

    internal void After(long microseconds, Action action) =>
        queue.Enqueue(action, (NowUs + microseconds, order++));

    /// <summary>Lets the next thing happen; false where nothing is left before <paramref name="untilUs"/>.</summary>
    internal bool TryStep(long untilUs)
    {
        if (!queue.TryPeek(out var action, out var next) || next.DueUs > untilUs)
            return false;
        queue.Dequeue();
        NowUs = next.DueUs;
        action();
        return true;
    }
}
