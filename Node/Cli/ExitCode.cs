namespace Ledger.Node.Cli;

/// <summary>How a command ended, for the shell.</summary>
internal static class ExitCode
{
    internal const int Done = 0;
    internal const int Failed = 1;

    /// <summary>The command line itself is wrong.</summary>
    internal const int Misused = 2;
}
