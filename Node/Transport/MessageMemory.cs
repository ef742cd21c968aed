namespace Ledger.Node.Transport;

/// <summary>Memory that messages arrive in, used again: the slabs of unfinished ones, and whole messages that the host
/// gives back. Blobs come in chunks of one length, so that one length is kept at a time.</summary>
internal sealed class MessageMemory
{
    private readonly Stack<byte[]> slabs = new();
    private readonly Stack<byte[]> messages = new();

    internal byte[] RentSlab() =>
        slabs.TryPop(out var slab) ? slab : GC.AllocateUninitializedArray<byte>(TransportLimits.SlabBytes);

    internal void ReturnSlab(byte[] slab)
    {
        if (slabs.Count < TransportLimits.SpareSlabsMax)
            slabs.Push(slab);
    }

    internal byte[] RentMessage(int length) => messages.TryPeek(out var spare) && spare.Length == length
        ? messages.Pop()
        : GC.AllocateUninitializedArray<byte>(length);

    internal void ReturnMessage(byte[] message)
    {
        if (messages.TryPeek(out var other) && other.Length != message.Length)
            messages.Clear();
        if ((messages.Count + 1) * message.Length <= TransportLimits.SpareMessageBytesMax)
            messages.Push(message);
    }
}
