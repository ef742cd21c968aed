namespace Ledger.Node.Transport;

/// <summary>Every bound and every duration of the transport. Times are microseconds, sizes are bytes.</summary>
internal static class TransportLimits
{
    /// <summary>UDP payload that passes every IPv6 path without fragmentation: what is sent where nothing larger has
    /// been tried.</summary>
    internal const int DatagramBytesBase = 1200;

    /// <summary>One message: a block of 1 MiB and what wraps it.</summary>
    internal const int MessageBytesMax = (1 << 20) + (64 << 10);

    /// <summary>A message up to this size always travels whole in one packet.</summary>
    internal const int SinglePacketBytesMax = 1_150;

    /// <summary>The least part of a long message worth adding to a packet that has other content.</summary>
    internal const int FragmentBytesMin = 64;

    /// <summary>Connections, confirmed or not. Each may hold <see cref="OpenBytesMax"/> three times.</summary>
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

    /// <summary>Unit in which memory for an unfinished message is taken and charged.</summary>
    internal const int SlabBytes = 16 << 10;

    /// <summary>Slabs that unfinished messages of one class may hold at their receiver: two of the longest.</summary>
    internal const int OpenBytesMax = 2 * MessageBytesMax;

    /// <summary>Gaps in one unfinished message; an honest sender leaves at most one in two packets.</summary>
    internal const int GapsMax = 1_024;

    /// <summary>Bytes of one class that wait for one peer's acknowledgement before <c>Send</c> refuses more.</summary>
    internal const int QueueBytesMax = 8 << 20;

    /// <summary>Messages of one class that wait for one peer's acknowledgement.</summary>
    internal const int QueueMessagesMax = 16_384;

    /// <summary>Ranges of packet numbers in one acknowledgement.</summary>
    internal const int AckRangesMax = 32;

    /// <summary>Frames that are read from one packet.</summary>
    internal const int FramesMax = 64;

    /// <summary>Packet numbers that the replay window remembers.</summary>
    internal const int ReplayWindow = 8_192;

    /// <summary>Packets in flight: fewer than the receiver's replay window, so that a late one is still
    /// taken.</summary>
    internal const int SentPacketsMax = 8_000;

    /// <summary>Packets that make an acknowledgement due at once.</summary>
    internal const int AckEveryPackets = 2;

    /// <summary>The longest that an acknowledgement is held back.</summary>
    internal const long AckDelayUs = 5_000;

    /// <summary>RFC 9002 section 6.1: a packet is lost when this many later ones arrived.</summary>
    internal const long PacketThreshold = 3;

    /// <summary>The smallest difference in time that loss detection acts upon.</summary>
    internal const long GranularityUs = 1_000;

    /// <summary>Round-trip time assumed before the first sample.</summary>
    internal const long InitialRttUs = 100_000;

    /// <summary>The longest wait between two probes of a silent peer.</summary>
    internal const long ProbeTimeoutMaxUs = 3_000_000;

    /// <summary>Probes in a row without any acknowledgement: more than <see cref="IdleUs"/> of them.</summary>
    internal const int ProbesUnansweredMax = 12;

    /// <summary>Time over which the smallest round-trip time is looked for.</summary>
    internal const long MinRttWindowUs = 60_000_000;

    internal const int CongestionWindowInitial = 10 * DatagramBytesBase;

    internal const int CongestionWindowMin = 4 * DatagramBytesBase;

    /// <summary>A loopback or data-centre path may never show a loss; its socket buffers are finite all the
    /// same.</summary>
    internal const int CongestionWindowMax = 4 << 20;

    /// <summary>What votes may have in flight above the congestion window.</summary>
    internal const int UrgentAllowance = 8 * DatagramBytesBase;

    /// <summary>Above this queueing delay the window stops growing.</summary>
    internal const long QueueDelayTargetUs = 5_000;

    /// <summary>Above this queueing delay the window shrinks: bulk must not make votes wait.</summary>
    internal const long QueueDelayMaxUs = 25_000;

    /// <summary>Silence after which a peer is asked whether it is still there.</summary>
    internal const long KeepAliveUs = 5_000_000;

    /// <summary>Silence after which a peer is given up.</summary>
    internal const long IdleUs = 15_000_000;

    /// <summary>Datagrams that the pump gives to the socket in one turn.</summary>
    internal const int BatchDatagrams = 64;

    /// <summary>Receives in one turn of the pump; each may bring up to 64 KiB of one sender.</summary>
    internal const int ReceiveBatches = 16;

    /// <summary>Actions of other threads waiting for the pump.</summary>
    internal const int PostedMax = 65_536;

    /// <summary>Addresses whose socket form the pump remembers.</summary>
    internal const int AddressCacheMax = 4_096;

    /// <summary>Asked of the operating system for each direction; it may grant less.</summary>
    internal const int SocketBufferBytes = 4 << 20;
}
