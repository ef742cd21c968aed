using Ledger.Learning;

namespace Ledger.Node.Bench;

/// <summary>What every datagram meets on its way through a <see cref="UdpRelay"/>, in each direction.</summary>
internal sealed record RelayPath
{
    internal long DelayUs { get; init; }

    /// <summary>UDP payload that leaves a second; 0 for no bottleneck.</summary>
    internal long BytesPerSecond { get; init; }

    /// <summary>What waits before the bottleneck; a datagram beyond is dropped.</summary>
    internal int QueueBytes { get; init; }

    internal int LossPerMille { get; init; }
}

/// <summary>One direction between two members: a bottleneck with a drop-tail queue, then a fixed delay, so that
/// datagrams never overtake each other.</summary>
internal sealed class RelayLink(SplitMix64 random)
{
    // Datagrams that nobody uses now, for reuse; more than the longest queue and delay hold at 100 MB/s.
    private const int SpareMax = 8_192, SlotBytes = 1_500;

    private readonly Queue<(long DueUs, byte[] Bytes, int Length)> waiting = new();
    private readonly Stack<byte[]> spare = new();
    private long freeUs;

    internal long Forwarded { get; private set; }

    internal long Dropped { get; private set; }

    internal long DueUs => waiting.TryPeek(out var next) ? next.DueUs : long.MaxValue;

    internal void Enter(long nowUs, RelayPath path, ReadOnlySpan<byte> datagram)
    {
        var startUs = Math.Max(nowUs, freeUs);
        var full = path.BytesPerSecond > 0
            && (startUs - nowUs) * path.BytesPerSecond / 1_000_000 + datagram.Length > path.QueueBytes;
        if (full || path.LossPerMille > 0 && random.Below(1_000) < (ulong)path.LossPerMille)
        {
            Drop();
            return;
        }
        if (path.BytesPerSecond > 0)
            startUs = freeUs = startUs + datagram.Length * 1_000_000L / path.BytesPerSecond;
        var slot = spare.Count > 0 && datagram.Length <= SlotBytes
            ? spare.Pop()
            : new byte[Math.Max(SlotBytes, datagram.Length)];
        datagram.CopyTo(slot);
        waiting.Enqueue((startUs + path.DelayUs, slot, datagram.Length));
    }

    internal void Drop() => Dropped++;

    /// <summary>Writes what is due into <paramref name="target"/> as equal datagrams with a shorter last one; their
    /// bytes in all, 0 where nothing is due.</summary>
    internal int Leave(long nowUs, Span<byte> target, out int segmentBytes)
    {
        var total = segmentBytes = 0;
        while (waiting.TryPeek(out var next) && next.DueUs <= nowUs && total + next.Length <= target.Length
            && (total == 0 || next.Length <= segmentBytes))
        {
            waiting.Dequeue();
            next.Bytes.AsSpan(0, next.Length).CopyTo(target[total..]);
            total += next.Length;
            Forwarded++;
            if (next.Bytes.Length == SlotBytes && spare.Count < SpareMax)
                spare.Push(next.Bytes);
            if (segmentBytes == 0)
                segmentBytes = next.Length;
            else if (next.Length < segmentBytes)
                break;
        }
        return total;
    }
}
