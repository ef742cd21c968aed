namespace Ledger.Node.Transport;

/// <summary>Every bound and every duration of the transport. Times are microseconds, sizes are bytes.</summary>
internal static class TransportLimits
{
    /// <summary>UDP payload that passes every IPv6 path without fragmentation: what is sent where nothing larger has
    /// been tried.</summary>
    internal const int DatagramBytesBase = 1200;

    /// <summary>UDP payload of any datagram: a jumbo frame.</summary>
    internal const int DatagramBytesMax = 8_972;

    /// <summary>UDP payload of a datagram where nobody says more: IPv4 over Ethernet.</summary>
    internal const int DatagramBytesUsual = 1_472;

    /// <summary>Tries of one size before the search for the largest datagram rests, and how long it rests.</summary>
    internal const int MtuProbesMax = 3;

    internal const long MtuSearchUs = 600_000_000;

    /// <summary>Large packets lost with none acknowledged after them, which tell that the path carries them no
    /// longer.</summary>
    internal const int BlackHolePackets = 3;

    /// <summary>Packets sealed with one key: a quarter of what RFC 9001 section 6.6 allows AES-GCM.</summary>
    internal const int KeyPacketsMax = 1 << 21;

    /// <summary>Age at which a key is replaced.</summary>
    internal const long KeyLifeUs = 3_600_000_000;

    /// <summary>Probe timeouts for which the key before the present one opens packets that were overtaken, or a probe
    /// of the path is waited for.</summary>
    internal const int ProbeTimeoutsOfGrace = 3;

    /// <summary>Packet numbers left out on purpose that are remembered.</summary>
    internal const int SkippedNumbersMax = 8;

    /// <summary>The least number of packets, about, between two numbers left out.</summary>
    internal const int SkipPeriodMin = 64;

    /// <summary>Challenges of one peer that wait for their answer (an endless queue was CVE-2023-49295).</summary>
    internal const int PathResponsesMax = 8;

    /// <summary>Times that a new address is asked, and the time between two questions.</summary>
    internal const int PathProbesMax = 3;

    internal const long PathProbeUs = 1_000_000;

    /// <summary>RFC 9000 section 8: bytes to an address that is not proven for each byte from it.</summary>
    internal const int AmplificationMax = 3;

    /// <summary>One message: a block of 1 MiB and what wraps it.</summary>
    internal const int MessageBytesMax = (1 << 20) + (64 << 10);

    /// <summary>A message up to this size always travels whole in one packet.</summary>
    internal const int SinglePacketBytesMax = 1_150;

    /// <summary>The least part of a long message worth adding to a packet that has other content.</summary>
    internal const int FragmentBytesMin = 64;

    /// <summary>Connections, confirmed or not. Each may hold 8.3 MiB of unfinished messages.</summary>
    internal const int ConnectionsMax = 256;

    /// <summary>Handshakes that we have begun.</summary>
    internal const int DialsMax = 256;

    /// <summary>Handshakes of unknown initiators, about 400 bytes each.</summary>
    internal const int HalfOpenMax = 1_024;

    /// <summary>Handshakes of unknown initiators at one address of IPv4, or in one /64 of IPv6.</summary>
    internal const int HalfOpenPerHostMax = 8;

    /// <summary>Handshakes of unknown initiators in one /24 of IPv4, or in one /48 of IPv6.</summary>
    internal const int HalfOpenPerNetworkMax = 32;

    /// <summary>Unfinished handshakes above which strangers must prove their address first.</summary>
    internal const int HalfOpenUnderLoad = 64;

    /// <summary>Handshakes a second that are answered without a proof of address.</summary>
    internal const int UnprovenPerSecond = 100;

    /// <summary>Handshakes a second that are answered at all: at 160 us of curve operations each, 8 % of a
    /// core.</summary>
    internal const int HandshakesPerSecond = 500;

    /// <summary>Handshakes a second with one host (wireguard-go's figure), and how many at once.</summary>
    internal const int HandshakesPerHostPerSecond = 20, HandshakesPerHostBurst = 5;

    /// <summary>Hosts whose rate is remembered, about 100 bytes each.</summary>
    internal const int HostRatesMax = 4_096;

    /// <summary>Age at which the secret behind the cookies is replaced; the one before stays valid as long
    /// again.</summary>
    internal const long CookieSecretUs = 60_000_000;

    /// <summary>Demands for a cookie that one call follows.</summary>
    internal const int RetriesTakenMax = 2;

    /// <summary>RESET packets a second to one host, and to all: tokens of unused ids must stay rare goods, or somebody
    /// could collect them for the day when an id is used.</summary>
    internal const int ResetsPerHostPerSecond = 10, ResetsPerSecond = 100;

    /// <summary>A data packet that is answered by RESET is at least twice as long, so that two nodes that know nothing
    /// of each other soon fall silent.</summary>
    internal const int ResetProvokedByBytes = 43;

    /// <summary>Handshake answers and farewells waiting for the socket.</summary>
    internal const int RepliesMax = 1_024;

    /// <summary>Life of a handshake that its initiator does not finish.</summary>
    internal const long HalfOpenLifeUs = 3_000_000;

    /// <summary>First wait before a handshake packet is repeated; each further wait is twice as long.</summary>
    internal const long HandshakeRetryUs = 250_000;

    /// <summary>Times that each handshake packet is sent: 7.75 s together.</summary>
    internal const int HandshakeTriesMax = 5;

    /// <summary>Messages of one class that one side may have begun and the other not finished.</summary>
    internal const int OpenMessagesMax = 4_096;

    /// <summary>What a message takes beside its bytes while it waits for the layer above: empty ones are not free
    /// either.</summary>
    internal const int MessageCostBytes = 256;

    /// <summary>Cost of the blocks, transactions and control messages of one peer that have begun to arrive and were
    /// not dealt with: two of the longest, so that one is on its way while another is worked on.</summary>
    internal const long CreditBytes = 2 * (MessageBytesMax + MessageCostBytes);

    /// <summary>Unit in which memory for an unfinished message is taken and charged.</summary>
    internal const int SlabBytes = 16 << 10;

    /// <summary>Slabs that are kept for later messages.</summary>
    internal const int SpareSlabsMax = 256;

    /// <summary>Bytes of whole messages that are kept for later ones.</summary>
    internal const int SpareMessageBytesMax = 4 << 20;

    /// <summary>Gaps in one unfinished message; an honest sender leaves at most one in two packets.</summary>
    internal const int GapsMax = 1_024;

    /// <summary>Messages of one class that wait for one peer's acknowledgement.</summary>
    internal const int QueueMessagesMax = 16_384;

    /// <summary>Ranges of packet numbers in one acknowledgement.</summary>
    internal const int AckRangesMax = 32;

    /// <summary>Frames that are read from one packet.</summary>
    internal const int FramesMax = 64;

    /// <summary>Bits of the replay window, of which it remembers 8,128 numbers: a word is only partly ahead.</summary>
    internal const int ReplayWindow = 8_192;

    /// <summary>Packets in flight: fewer than the receiver's replay window, so that a late one is still
    /// taken.</summary>
    internal const int SentPacketsMax = 8_000;

    /// <summary>Packets that make an acknowledgement due at once: while a path is new, short or loses packets, and on
    /// one that is known. At 16, senders through a queue of 50 packets fill 84 % of the path; at 8, 86 %.</summary>
    internal const int AckEveryPackets = 2, AckEveryInBulk = 8;

    /// <summary>Packets that are acknowledged by twos, at first (as Chromium's QUIC has it) and after a gap: one more
    /// than tell that a packet is lost.</summary>
    internal const int AckByTwosAtFirst = 100, AckByTwosAfterGap = (int)PacketThreshold + 1;

    /// <summary>Round trip from which acknowledgements are thinned out: on a shorter one a timer is too coarse, and a
    /// window may be fewer packets than it takes.</summary>
    internal const long AckThinAboveUs = 4 * GranularityUs;

    /// <summary>Acknowledgements of several ranges in a row that nothing asks an answer to: the next one does, or
    /// the ranges would never be forgotten.</summary>
    internal const int AcksUnansweredMax = 16;

    /// <summary>The longest that an acknowledgement is held back.</summary>
    internal const long AckDelayUs = 5_000;

    /// <summary>RFC 9002 section 6.1: a packet is lost when this many later ones arrived.</summary>
    internal const long PacketThreshold = 3;

    /// <summary>The same on a path that reorders: later is for the time threshold to find.</summary>
    internal const long PacketThresholdMax = 32;

    /// <summary>Packets given up for lost whose late arrival is noticed.</summary>
    internal const int GivenUpRemembered = 16;

    /// <summary>Probe timeouts without anything delivered after which the path is taken for a new one (section
    /// 7.6).</summary>
    internal const int PersistentTimeouts = 3;

    /// <summary>The smallest difference in time that loss detection acts upon.</summary>
    internal const long GranularityUs = 1_000;

    /// <summary>Round-trip time assumed before the first sample.</summary>
    internal const long InitialRttUs = 100_000;

    /// <summary>The longest wait between two probes of a silent peer.</summary>
    internal const long ProbeTimeoutMaxUs = 3_000_000;

    /// <summary>Probes in a row without any acknowledgement: more than <see cref="IdleUs"/> of them.</summary>
    internal const int ProbesUnansweredMax = 24;

    /// <summary>Time over which the smallest round-trip time is looked for.</summary>
    internal const long MinRttWindowUs = 10_000_000;

    internal const int CongestionWindowInitial = 10 * DatagramBytesBase;

    internal const int CongestionWindowMin = 4 * DatagramBytesBase;

    /// <summary>A loopback or data-centre path may never show a loss; its socket buffers are finite all the
    /// same.</summary>
    internal const int CongestionWindowMax = 4 << 20;

    /// <summary>What votes may have in flight above the congestion window.</summary>
    internal const int UrgentAllowance = 8 * DatagramBytesBase;

    /// <summary>What votes to one peer may take before everything else: 64 validators with a block a second need 16 a
    /// second, with mesh relaying some hundred.</summary>
    internal const int UrgentMessagesPerSecond = 500, UrgentBytesPerSecond = 512_000;

    /// <summary>Votes that were not sent before may follow each other at once.</summary>
    internal const long UrgentBurstUs = 2_000_000;

    /// <summary>Votes and blocks count as being on their way for so long after the last.</summary>
    internal const long UrgentActiveUs = 1_000_000;

    /// <summary>Batches of blocks for one of blobs, where both wait.</summary>
    internal const int ChainQuanta = 4;

    /// <summary>What a sender that had nothing to send, or no room, may catch up with: a burst that makes a queue of as
    /// much.</summary>
    internal const long PacingCatchUpUs = 3_000;

    /// <summary>What a sender may catch up with at most whose thread is late again and again, as on a machine that
    /// computes on all cores. The queue that it makes is gone by the time that it looks again.</summary>
    internal const long LateCatchUpUs = 40_000;

    /// <summary>Round trips of going slowly without effect after which a delay is not ours. Two of them go by before
    /// the first effect is seen.</summary>
    internal const int TrialRoundTrips = 4;

    /// <summary>How long a delay that is not ours counts as the path's before the next trial.</summary>
    internal const long OthersDelayUs = 2_000_000;

    /// <summary>Rounds over which the delivery rate's maximum is taken, and the least time of one: on a short path a
    /// busy thread would make ten rounds slow by being late once.</summary>
    internal const int BandwidthRounds = 10;

    internal const long BandwidthRoundUsMin = 25_000;

    /// <summary>Rounds without growth that end the start-up.</summary>
    internal const int StartupFlatRounds = 3;

    /// <summary>A path counts as at least so long: threads wake up late by about as much.</summary>
    internal const long SchedulingNoiseUs = 2_000;

    /// <summary>Losses are judged over so many bytes. Of 512 packets on a line that loses 1 %, 16 are lost once in ten
    /// thousand times.</summary>
    internal const int LossSampleBytes = 512 * 1_200, LossesHeavyBytes = 16 * 1_200;

    /// <summary>One loss in so many is line noise and no sign of congestion.</summary>
    internal const int LossTolerated = 50;

    /// <summary>One loss in so many is congestion even before the path is known.</summary>
    internal const int LossSevere = 10;

    /// <summary>Queueing delay that a sender makes at most by itself before it goes slower: votes wait in it.</summary>
    internal const long QueueDelayTargetUs = 5_000;

    /// <summary>Queueing delay above which blobs give way to votes and blocks, and below which they
    /// recover.</summary>
    internal const long YieldAboveUs = 25_000, RecoverBelowUs = 10_000;

    /// <summary>Finished messages of one class to one peer whose objects are kept for later ones.</summary>
    internal const int SpareMessagesMax = 64;

    /// <summary>Silence after which a peer is asked whether it is still there: half of the 30 s for which the less
    /// patient NATs remember us.</summary>
    internal const long KeepAliveUs = 15_000_000;

    /// <summary>Silence after which a peer is given up.</summary>
    internal const long IdleUs = 45_000_000;

    /// <summary>Packets in one batch to one peer: what a vote may have to wait for at home, 0.3 ms at
    /// 1 Gbit/s.</summary>
    internal const int BatchPacketsMax = 32;

    /// <summary>Bytes of a batch; a send takes 65,507 at most.</summary>
    internal const int BatchBytesMax = BatchPacketsMax * 1_500;

    /// <summary>Batches that the pump sends in one turn.</summary>
    internal const int TransmitBatches = 8;

    /// <summary>Receives in one turn of the pump; each may bring up to 64 KiB of one sender.</summary>
    internal const int ReceiveBatches = 16;

    /// <summary>Actions of other threads waiting for the pump.</summary>
    internal const int PostedMax = 65_536;

    /// <summary>Addresses whose socket form the pump remembers.</summary>
    internal const int AddressCacheMax = 4_096;

    /// <summary>Asked of the operating system for each direction; it may grant less.</summary>
    internal const int SocketBufferBytes = 4 << 20;

    /// <summary>How long the queue of votes may be full, or drain too slowly, before the peer is dropped.</summary>
    internal const long QueueFullUs = 1_000_000;

    /// <summary>Bytes of one class that wait for one peer's acknowledgement before <c>Send</c> refuses more. Votes: a
    /// thousand, which is 80 s of 64 validators with a block a second.</summary>
    internal static int QueueBytesMax(MessageClass messageClass) =>
        messageClass == MessageClass.Vote ? 256 << 10 : 8 << 20;

    /// <summary>Slabs that unfinished messages of one class may hold at their receiver: the longest vote, two of the
    /// longest blocks, and of blobs what a path of 50 ms carries at 100 MB/s.</summary>
    internal static int OpenBytesMax(MessageClass messageClass) => messageClass switch
    {
        MessageClass.Vote => MessageBytesMax,
        MessageClass.Chain => 2 * MessageBytesMax,
        _ => 5 << 20,
    };
}
