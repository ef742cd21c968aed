namespace Ledger.Node.Logging;

/// <summary>How much a log may fill.</summary>
internal static class LogLimits
{
    /// <summary>Bytes of a file before the next one is begun: some 150,000 lines, still fit for an editor.</summary>
    internal const long FileBytes = 16 << 20;

    /// <summary>Files kept, the present one included; the oldest is deleted. Together no more than 128 MiB.</summary>
    internal const int Files = 8;
}
