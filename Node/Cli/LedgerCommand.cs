using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class LedgerCommand(string name, string description, params string[] examples)
    : Command(name, description)
{
    /// <summary>Command lines as one would type them.</summary>
    internal IReadOnlyList<string> Examples { get; } = examples;
}
