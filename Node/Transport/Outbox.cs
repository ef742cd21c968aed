namespace Ledger.Node.Transport;

/// <summary>What a batch of packets is led by, and whether votes or blocks are on their way to anybody.</summary>
internal readonly record struct BatchLead(MessageClass Class, bool OthersActive);

/// <summary>
/// The messages that wait for one peer, and when they may leave. Votes go at once, past the window by a little, as far
/// as their budget reaches; everything else keeps to the window and the pace, and blobs give way.
/// </summary>
internal sealed class Outbox
{
    private readonly SendQueue[] queues;
    private readonly MessageClass[] order;
    private readonly Pacer pacer = new();
    private readonly UrgentBudget budget = new();
    private readonly BlobYield blobYield;
    private readonly Fragment[] carried = new Fragment[TransportLimits.FramesMax / 2];
    private int carriedCount;
    private bool waitsForPace;

    internal Outbox(EndpointOptions options, PathMtu mtu, ControlFrames control)
    {
        var bugs = options.Bugs;
        order = MessageClasses.InOrder(bugs);
        queues = [.. MessageClasses.All.Select(c => new SendQueue(
            c, CreditOf(c, bugs), retransmits: !bugs.HasFlag(PlantedBug.NoRetransmission)))];
        Recovery = new(queues, options.Congestion, mtu, control);
        blobYield = new(Recovery.RoundTrip);
    }

    internal LossRecovery Recovery { get; }

    internal SendCredit Credit { get; } = new();

    internal int QueuedBytes => queues.Sum(queue => queue.QueuedBytes);

    /// <summary>The last batch carried votes or blocks.</summary>
    internal bool SentUrgent { get; private set; }

    /// <summary>What the packet under construction carries.</summary>
    internal ReadOnlySpan<Fragment> Carried => carried.AsSpan(0, carriedCount);

    /// <summary>Packets that the pace allows in a millisecond: so timers are few and queues short.</summary>
    internal int BatchPackets => (int)Math.Clamp(
        Recovery.Congestion.PacingRate / 1_000 / TransportLimits.DatagramBytesBase, 2, TransportLimits.BatchPacketsMax);

    /// <summary>When what waits may leave. Acknowledgements that make room come by themselves.</summary>
    internal long DueUs
    {
        get
        {
            var dueUs = Recovery.HasUrgentRoom && HasWork(First) ? budget.DueUs : long.MaxValue;
            if (!Recovery.HasRoom)
                return dueUs;
            return HasAnyWork ? Math.Min(dueUs, pacer.DueUs) : dueUs;
        }
    }

    // It goes before all others, and with control.
    private MessageClass First => order[0];

    internal bool TryAdd(long nowUs, MessageClass messageClass, ReadOnlyMemory<byte> message) =>
        queues[(int)messageClass].TryAdd(nowUs, message);

    /// <summary>Whether the peer is too slow for votes. Blocks and blobs may wait, and be asked for again.</summary>
    internal bool IsOverdue(long nowUs) => queues[(int)MessageClass.Vote].IsOverdue(nowUs);

    /// <summary>Whether a batch led by this class should leave now. Votes beyond their budget go with the
    /// blocks.</summary>
    internal bool Wants(long nowUs, MessageClass level) => level == First
        ? MayHurry(nowUs) && HasWork(level)
        : Recovery.HasRoom && pacer.IsDue(nowUs)
            && (HasWork(level) || level == MessageClass.Chain && HasWork(First));

    internal void BeginBatch(long nowUs, BatchLead lead)
    {
        Recovery.Congestion.IsGentle = lead.OthersActive;
        blobYield.Observe(nowUs, lead.OthersActive, Recovery.Queue.OwnUs);
        SentUrgent = false;
    }

    /// <summary>Writes what the next packet carries: votes, then the class that leads its batch, then what
    /// fits.</summary>
    internal void Fill(long nowUs, MessageClass lead, ref PacketWriter writer)
    {
        carriedCount = 0;
        // A batch pays for its pace at the end; packets of votes and control take along what the pace allows.
        var mayFill = Recovery.Probes > 0 || Recovery.HasRoom && (lead != First || pacer.IsDue(nowUs));
        if (mayFill || MayHurry(nowUs))
            Take(nowUs, First, ref writer);
        if (!mayFill)
            return;
        if (lead != First)
            Take(nowUs, lead, ref writer);
        foreach (var other in order)
            if (other != lead && other != First)
                Take(nowUs, other, ref writer);
    }

    /// <summary>The batch leaves.</summary>
    internal void EndBatch(long nowUs, MessageClass lead, int bytes)
    {
        var rate = Recovery.Congestion.PacingRate;
        if (lead != First)
            Pace(nowUs, bytes, lead == MessageClass.Blob ? blobYield.ShareOf(rate) : rate);
        if (!HasAnyWork)
            Recovery.OnAppLimited();
    }

    // A thread that is late although packets waited catches up: the path stood empty meanwhile. Where it may not catch
    // up with all, what is delivered now does not tell what the path carries.
    private void Pace(long nowUs, int bytes, long rate)
    {
        var catchUpUs = waitsForPace ? Recovery.Congestion.CatchUpUs : TransportLimits.PacingCatchUpUs;
        if (waitsForPace && pacer.DueUs < nowUs - catchUpUs)
            Recovery.OnHeldBack();
        pacer.OnSent(nowUs, bytes, rate, catchUpUs);
        waitsForPace = HasAnyWork && Recovery.HasRoom;
    }

    private SendCredit? CreditOf(MessageClass messageClass, PlantedBug bugs) =>
        messageClass == Transport.Credit.Class && !bugs.HasFlag(PlantedBug.NoCredit) ? Credit : null;

    private bool HasAnyWork => HasWork(MessageClass.Vote) || HasWork(MessageClass.Chain) || HasWork(MessageClass.Blob);

    private bool HasWork(MessageClass messageClass) => queues[(int)messageClass].HasWork();

    private bool MayHurry(long nowUs) => Recovery.HasUrgentRoom && budget.IsDue(nowUs);

    private void Take(long nowUs, MessageClass messageClass, ref PacketWriter writer)
    {
        while (carriedCount < carried.Length && queues[(int)messageClass].TryTake(writer.Free, out var part))
        {
            FrameHandler.WriteMessage(ref writer, part);
            carried[carriedCount++] = part;
            SentUrgent |= messageClass != MessageClass.Blob;
            if (messageClass == First)
                budget.OnSent(nowUs, part.Length);
        }
    }
}
