namespace Ledger.Node.Transport;

/// <summary>Counters of everything that passed the endpoint.</summary>
internal sealed class Traffic
{
    private readonly long[] drops = new long[Enum.GetValues<DropReason>().Length];
    private long datagramsIn, datagramsOut, bytesIn, bytesOut;

    internal void OnReceived(int bytes) => (datagramsIn, bytesIn) = (datagramsIn + 1, bytesIn + bytes);

    internal void OnSent(in OutgoingBatch batch) =>
        (datagramsOut, bytesOut) = (datagramsOut + batch.Count, bytesOut + batch.Bytes.Length);

    internal void OnDropped(DropReason reason) => drops[(int)reason]++;

    internal TransportStatistics Snapshot(IEnumerable<Connection> peers, int halfOpen, int dials) => new()
    {
        Peers = [.. peers.Select(peer => peer.Statistics())],
        DatagramsIn = datagramsIn,
        DatagramsOut = datagramsOut,
        BytesIn = bytesIn,
        BytesOut = bytesOut,
        HalfOpen = halfOpen,
        Dials = dials,
        Drops = [.. drops],
    };
}
