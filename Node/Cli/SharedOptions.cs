using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary>Options that mean the same in every command.</summary>
internal static class SharedOptions
{
    internal static readonly Option<string> Home = new("--home")
    {
        Description = "the node's directory: keys, chain, shards (else LEDGER_HOME, else ~/.ledger)",
        HelpName = "DIR",
    };

    internal static readonly Option<bool> Json = new("--json") { Description = "one JSON object on one line" };

    internal static readonly Option<int?> Dev = new("--dev")
    {
        Description = "use a well-known insecure key, 0 to 3: for trying things only",
        HelpName = "N",
    };

    internal static readonly Option<string> Task = new("--task")
    {
        Description = "the task's name or id; needed where the chain has several",
        HelpName = "NAME|ID",
    };

    internal static readonly Option<ulong> Fee = new("--fee")
    {
        Description = "tokens for the proposer of the block",
        HelpName = "TOKENS",
        DefaultValueFactory = _ => 1,
    };

    internal static bool IsJson(this ParseResult parsed) => parsed.GetValue(Json);
}
