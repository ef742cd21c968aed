namespace Ledger.Node.Transport;

/// <summary>
/// Who sends next, over all peers: whoever has votes or control; then blocks and blobs by deficit round robin, four
/// bytes to one (Shreedhar and Varghese, 1995), so that neither starves. Peers with equally urgent packets take turns.
/// One call is one batch: nothing less urgent goes on for longer once a vote is there.
/// </summary>
internal sealed class TransmitScheduler(PlantedBug bugs)
{
    private readonly MessageClass[] order = MessageClasses.InOrder(bugs);
    private readonly int[] turns = new int[MessageClasses.Count];
    private int current = 1;
    private int deficit;
    private long urgentUs = long.MinValue;

    /// <summary>Votes or blocks passed.</summary>
    internal void OnUrgent(long nowUs) => urgentUs = nowUs;

    /// <summary>Builds the most urgent batch of all peers.</summary>
    internal bool TryBuild(long nowUs, List<Connection> connections, byte[] buffer, out OutgoingBatch batch)
    {
        if (TryBuild(nowUs, connections, order[0], buffer, out batch))
            return true;
        // The one whose turn it is may have nothing, and then the other goes.
        for (var tries = 0; tries < 2; tries++)
        {
            if (deficit <= 0)
                Pass();
            if (TryBuild(nowUs, connections, order[current], buffer, out batch))
            {
                deficit -= batch.Bytes.Length;
                return true;
            }
            deficit = 0;
        }
        return false;
    }

    private void Pass()
    {
        current = 3 - current;
        deficit = TransportLimits.BatchBytesMax * (current == 1 ? TransportLimits.ChainQuanta : 1);
    }

    private bool TryBuild(
        long nowUs, List<Connection> connections, MessageClass level, byte[] buffer, out OutgoingBatch batch)
    {
        var othersActive = nowUs - TransportLimits.UrgentActiveUs < urgentUs;
        for (var i = 0; i < connections.Count; i++)
        {
            var index = (turns[(int)level] + i) % connections.Count;
            var connection = connections[index];
            if (!connection.Wants(nowUs, level))
                continue;
            var length = connection.TryBuild(nowUs, new(level, othersActive), buffer, out var segment);
            if (length == 0)
                continue;
            turns[(int)level] = index + 1;
            if (connection.SentUrgent)
                OnUrgent(nowUs);
            batch = new(connection.Address, buffer.AsMemory(0, length), segment);
            return true;
        }
        batch = default;
        return false;
    }
}
