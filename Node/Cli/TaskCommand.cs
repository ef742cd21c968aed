using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger task</c>: the training tasks of the chain.</summary>
internal static class TaskCommand
{
    internal static Command Create(Terminal terminal) => new LedgerCommand("task", "training tasks")
    {
        TaskListCommand.Create(terminal),
        TaskShowCommand.Create(terminal),
        TaskNewCommand.Create(terminal),
        TaskCreateCommand.Create(terminal),
        TaskTensorBoardCommand.Create(terminal),
    };
}
