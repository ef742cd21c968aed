namespace Ledger.Node.Transport;

/// <summary>
/// Defects that a test plants to prove that the others would notice: a test that cannot turn red proves nothing.
/// The node itself always runs with <see cref="None"/>.
/// </summary>
[Flags]
internal enum PlantedBug
{
    None = 0,

    /// <summary>Forgets which packet numbers were seen.</summary>
    NoReplayWindow = 1,

    /// <summary>Answers handshakes of every network.</summary>
    NoNetworkTag = 2,

    /// <summary>Never repeats what was lost.</summary>
    NoRetransmission = 4,

    /// <summary>Hands over a message as often as it arrives.</summary>
    NoDuplicateFilter = 8,

    /// <summary>Serves blobs before votes.</summary>
    ReversedPriority = 16,

    /// <summary>Takes every address of a stranger for proven.</summary>
    NoCookies = 32,

    /// <summary>Follows every packet to where it came from.</summary>
    NoPathValidation = 64,

    /// <summary>Never leaves out a packet number.</summary>
    NoSkippedNumbers = 128,

    /// <summary>Goes on with large packets, however many vanish.</summary>
    NoBlackHoleDetection = 256,

    /// <summary>Sends without waiting to be granted more.</summary>
    NoCredit = 512,
}
