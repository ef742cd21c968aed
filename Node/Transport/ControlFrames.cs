namespace Ledger.Node.Transport;

/// <summary>What a packet said beside messages that must not be lost.</summary>
internal readonly record struct PacketControl(bool GrantsCredit);

/// <summary>What one peer is told beside messages: what has arrived, and what it may begin.</summary>
internal sealed class ControlFrames
{
    internal AckTracker Acks { get; } = new();

    internal ReceiveCredit Credit { get; } = new();

    /// <summary>Whether something should leave now, whatever else there is to send.</summary>
    internal bool IsDue(long nowUs) => Acks.DueUs <= nowUs || Credit.IsOwed;

    /// <summary>Writes all that is new.</summary>
    internal PacketControl Write(long nowUs, ref PacketWriter writer)
    {
        if (Acks.IsOwed)
            Acks.Write(nowUs, ref writer);
        var grants = Credit.IsOwed;
        if (grants)
            new WindowFrame(Transport.Credit.Class, Credit.Grant()).Write(ref writer);
        return new(grants);
    }

    internal void OnLost(PacketControl control)
    {
        if (control.GrantsCredit)
            Credit.OnLost();
    }
}
