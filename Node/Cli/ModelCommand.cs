using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger model</c>: the canonical model of a task.</summary>
internal static class ModelCommand
{
    internal static readonly Option<uint?> Round = new("--round")
    {
        Description = "the parameters after this round; 0 is the start, the newest where there is none",
        HelpName = "N",
    };

    internal static Command Create(Terminal terminal) =>
        new LedgerCommand("model", "the canonical model: where it came from, as a file, on new rows")
    {
        ModelShowCommand.Create(terminal),
        ModelHistoryCommand.Create(terminal),
        ModelExportCommand.Create(terminal),
        ModelPredictCommand.Create(terminal),
        ModelGenerateCommand.Create(terminal),
    };
}
