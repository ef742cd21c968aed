namespace Ledger.Node.Transport;

/// <summary>A message of which some parts arrived. Memory is taken in slabs as bytes arrive and never by the length
/// that a peer claims. The object is used again for later messages.</summary>
internal sealed class PartialMessage(MessageMemory memory)
{
    private readonly RangeSet received = new();
    private byte[]?[] slabs = [];
    private long receivedBytes;

    internal int Total { get; private set; }

    /// <summary>Bytes of memory taken.</summary>
    internal int Charge { get; private set; }

    internal bool IsComplete => receivedBytes == Total;

    internal bool IsTooFragmented => received.Count > TransportLimits.GapsMax;

    /// <summary>The most that a message of this length is ever charged.</summary>
    internal static int ChargeMax(int total) => SlabCount(total) * TransportLimits.SlabBytes;

    internal void Begin(int total)
    {
        (Total, receivedBytes) = (total, 0);
        received.Clear();
        if (slabs.Length < SlabCount(total))
            slabs = new byte[]?[SlabCount(total)];
    }

    internal void Add(int offset, ReadOnlySpan<byte> data)
    {
        receivedBytes += received.Add(offset, offset + data.Length);
        while (!data.IsEmpty)
        {
            var (index, within) = Math.DivRem(offset, TransportLimits.SlabBytes);
            var length = Math.Min(data.Length, TransportLimits.SlabBytes - within);
            data[..length].CopyTo(Slab(index).AsSpan(within));
            data = data[length..];
            offset += length;
        }
    }

    internal byte[] Assemble()
    {
        var message = memory.RentMessage(Total);
        for (var i = 0; i < SlabCount(Total); i++)
        {
            var target = message.AsSpan(i * TransportLimits.SlabBytes);
            Slab(i).AsSpan(0, Math.Min(TransportLimits.SlabBytes, target.Length)).CopyTo(target);
        }
        return message;
    }

    /// <summary>Gives all memory back.</summary>
    internal void Release()
    {
        foreach (ref var slab in slabs.AsSpan())
        {
            if (slab is not null)
                memory.ReturnSlab(slab);
            slab = null;
        }
        Charge = 0;
    }

    private byte[] Slab(int index)
    {
        if (slabs[index] is { } present)
            return present;
        Charge += TransportLimits.SlabBytes;
        return slabs[index] = memory.RentSlab();
    }

    private static int SlabCount(int total) => (total + TransportLimits.SlabBytes - 1) / TransportLimits.SlabBytes;
}
