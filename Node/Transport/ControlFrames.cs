namespace Ledger.Node.Transport;

/// <summary>What a packet said beside messages: all packets below <paramref name="AckedBelow"/> that had arrived, and
/// whether it granted credit.</summary>
internal readonly record struct PacketControl(long AckedBelow, bool GrantsCredit);

/// <summary>What one peer is told beside messages: what has arrived, and what it may begin.</summary>
internal sealed class ControlFrames
{
    private int unanswered;

    internal AckTracker Acks { get; } = new();

    internal ReceiveCredit Credit { get; } = new();

    /// <summary>Whether something should leave now, whatever else there is to send.</summary>
    internal bool IsDue(long nowUs) => Acks.DueUs <= nowUs || Credit.IsOwed;

    /// <summary>Whether the peer should be made to say that it hears our acknowledgements.</summary>
    internal bool WantsAnswer => Acks.Ranges > 1 && unanswered > TransportLimits.AcksUnansweredMax;

    /// <summary>Writes all that is new.</summary>
    internal PacketControl Write(long nowUs, ref PacketWriter writer)
    {
        var ackedBelow = 0L;
        if (Acks.IsOwed)
        {
            ackedBelow = Acks.Write(nowUs, ref writer);
            unanswered++;
        }
        var grants = Credit.IsOwed;
        if (grants)
            new WindowFrame(Transport.Credit.Class, Credit.Grant()).Write(ref writer);
        return new(ackedBelow, grants);
    }

    /// <summary>A packet asks for an answer.</summary>
    internal void OnAsked() => unanswered = 0;

    internal void OnAcked(PacketControl control) => Acks.Forget(control.AckedBelow);

    internal void OnLost(PacketControl control)
    {
        if (control.GrantsCredit)
            Credit.OnLost();
    }
}
