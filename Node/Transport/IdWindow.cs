namespace Ledger.Node.Transport;

/// <summary>
/// Which messages of one class are finished. Ids count up from zero; everything below <see cref="Base"/> is finished,
/// and nobody may begin a message <see cref="TransportLimits.OpenMessagesMax"/> or more above it. So the memory for
/// "exactly once" is a fixed 512 bytes, and sender and receiver need no further agreement: the receiver's base is never
/// below the sender's.
/// </summary>
internal sealed class IdWindow
{
    private const int Words = TransportLimits.OpenMessagesMax / 64;

    private readonly ulong[] finished = new ulong[Words];

    internal long Base { get; private set; }

    internal bool IsBeyond(long id) => id - Base >= TransportLimits.OpenMessagesMax;

    internal bool IsFinished(long id) => id < Base || (finished[Word(id)] & Bit(id)) != 0;

    internal void Finish(long id)
    {
        finished[Word(id)] |= Bit(id);
        while ((finished[Word(Base)] & Bit(Base)) != 0)
        {
            finished[Word(Base)] &= ~Bit(Base);
            Base++;
        }
    }

    private static int Word(long id) => (int)(id / 64 % Words);

    private static ulong Bit(long id) => 1UL << (int)(id % 64);
}
