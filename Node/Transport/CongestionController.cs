namespace Ledger.Node.Transport;

/// <summary>What one acknowledgement told, after the losses that it revealed.</summary>
internal readonly record struct AckSample
{
    internal required long NowUs { get; init; }

    /// <summary>When the newest packet that it acknowledged was sent.</summary>
    internal required long SentUs { get; init; }
    internal required int AckedBytes { get; init; }
    internal required int LostBytes { get; init; }

    /// <summary>When the newest packet found lost was sent, -1 for none.</summary>
    internal required long LostSentUs { get; init; }

    /// <summary>In flight before and after.</summary>
    internal required (int Before, int After) InFlight { get; init; }

    /// <summary>Bytes a second that the path delivered while the newest packet was on its way, 0 where it does not
    /// tell.</summary>
    internal required long DeliveryRate { get; init; }

    /// <summary>Less was sent meanwhile than we might have: the path may do better than this rate.</summary>
    internal required bool IsAppLimited { get; init; }

    /// <summary>See <see cref="Transport.DeliveryRate.StartsRound"/>.</summary>
    internal required bool StartsRound { get; init; }
}

/// <summary>How much of a path one connection may use: bytes in flight, and bytes a second.</summary>
internal abstract class CongestionController
{
    /// <summary>Bytes that may be in flight.</summary>
    internal abstract int Window { get; }

    /// <summary>Bytes a second at which they should leave.</summary>
    internal abstract long PacingRate { get; }

    /// <summary>Votes are on their way: probe for more with small steps, they share the queue.</summary>
    internal bool IsGentle { get; set; }

    /// <summary>What a sender that was late may catch up with.</summary>
    internal virtual long CatchUpUs => TransportLimits.PacingCatchUpUs;

    /// <summary>The sender was later than it may catch up with.</summary>
    internal virtual void OnHeldBack()
    {
    }

    internal abstract void OnAck(in AckSample sample);

    /// <summary>Nothing came through for three probe timeouts (RFC 9002 section 7.6).</summary>
    internal abstract void OnPersistentCongestion();

    internal static CongestionController Create(CongestionAlgorithm algorithm, RoundTrip roundTrip, PathQueue queue) =>
        algorithm == CongestionAlgorithm.NewReno ? new NewReno(roundTrip) : new RateControl(roundTrip, queue);
}

/// <summary>The controllers that there are.</summary>
internal enum CongestionAlgorithm
{
    /// <summary>By measured delivery rate; random losses do not slow it down.</summary>
    Rate,

    /// <summary>RFC 9002, for comparison: each loss halves it.</summary>
    NewReno,
}
