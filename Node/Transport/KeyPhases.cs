namespace Ledger.Node.Transport;

/// <summary>
/// The keys that our packets are sealed with. A new one is taken after <see cref="TransportLimits.KeyPacketsMax"/>
/// packets or <see cref="TransportLimits.KeyLifeUs"/>, but never before the peer has acknowledged a packet of the
/// present one (RFC 9001 section 6): each direction changes for itself, and the phase bit tells which key it is.
/// </summary>
internal sealed class SendKeys(PacketCipher first, long nowUs, int packetsMax) : IDisposable
{
    private PacketCipher cipher = first;
    private long sinceUs = nowUs;
    private long firstNumber;
    private long packets;
    private bool hasAsked;

    /// <summary>The phase that the next packet carries in its header.</summary>
    internal bool Phase { get; private set; }

    private bool IsWornOut(long nowUs) => packets >= packetsMax || nowUs - sinceUs >= TransportLimits.KeyLifeUs;

    /// <summary>Takes the next key where the present one is worn out and known to the peer; returns true where the peer
    /// must be asked for an acknowledgement first.</summary>
    internal bool Renew(long nowUs, long nextNumber, long largestAcked)
    {
        if (!IsWornOut(nowUs))
            return false;
        if (largestAcked < firstNumber)
            return !hasAsked && (hasAsked = true);
        var next = cipher.Next();
        cipher.Dispose();
        (cipher, Phase, firstNumber, sinceUs, packets, hasAsked) = (next, !Phase, nextNumber, nowUs, 0, false);
        return false;
    }

    internal void Seal(Span<byte> packet, long number)
    {
        packets++;
        cipher.Seal(packet, number);
    }

    public void Dispose() => cipher.Dispose();
}

/// <summary>
/// The keys that the peer's packets are opened with: the present one, the next, and for a while the one before, for
/// packets that were overtaken. Only a packet that proves authentic moves anything.
/// </summary>
internal sealed class ReceiveKeys(PacketCipher first) : IDisposable
{
    private PacketCipher current = first;
    private PacketCipher next = first.Next();
    private PacketCipher? previous;
    private long previousEndUs;
    private long firstNumber;
    private bool phase;
    private bool hasAcked;

    /// <summary>The peer took a second new key although we never acknowledged a packet of the first.</summary>
    internal bool IsBroken { get; private set; }

    /// <summary>Opens a packet into <paramref name="frames"/>; an overtaken key is kept for
    /// <paramref name="graceUs"/>.</summary>
    internal DropReason TryOpen(long nowUs, ReadOnlySpan<byte> packet, long number, Span<byte> frames, long graceUs)
    {
        if (DataPacket.Phase(packet) == phase)
            return Opened(current.TryOpen(packet, number, frames));
        if (number < firstNumber)
            return previous is not null && nowUs < previousEndUs
                ? Opened(previous.TryOpen(packet, number, frames))
                : DropReason.OldKey;
        if (!next.TryOpen(packet, number, frames))
            return DropReason.WrongTag;
        Advance(number);
        previousEndUs = nowUs + graceUs;
        return DropReason.None;
    }

    /// <summary>Notes that an acknowledgement of everything so far is leaving.</summary>
    internal void OnAckSent() => hasAcked = true;

    public void Dispose()
    {
        previous?.Dispose();
        current.Dispose();
        next.Dispose();
    }

    private void Advance(long number)
    {
        IsBroken |= !hasAcked;
        previous?.Dispose();
        (previous, current, next) = (current, next, next.Next());
        (phase, firstNumber, hasAcked) = (!phase, number, false);
    }

    private static DropReason Opened(bool isAuthentic) => isAuthentic ? DropReason.None : DropReason.WrongTag;
}
