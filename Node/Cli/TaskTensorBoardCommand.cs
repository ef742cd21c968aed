using System.CommandLine;
using System.Text.RegularExpressions;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger task tensorboard</c>: the rounds of a task as a run of TensorBoard, by what the chain says of
/// them.</summary>
internal static partial class TaskTensorBoardCommand
{
    private static readonly Option<string> Out = new("--out", "-o")
    {
        Description = "a log directory of TensorBoard; the task gets a folder in it",
        HelpName = "DIR",
        DefaultValueFactory = _ => "runs",
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("tensorboard", "write accuracy, loss and updates by round for TensorBoard",
            "ledger task tensorboard -o runs && tensorboard --logdir runs")
        {
            Out, SharedOptions.Task, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var task = await RunningNode.TaskOf(node, parsed, stop);
        var began = task.Results[0].Time;
        var folder = Path.Combine(parsed.GetRequiredValue(Out), FolderOf(task.Name));
        // Each time the same file: TensorBoard would draw two of them over each other.
        var path = Path.Combine(folder, $"events.out.tfevents.{began / 1000}.ledger-{Figures.Short(task.Id)}");
        var scalars = task.Results.SelectMany(Scalars).ToList();
        Write(path, TensorBoardFile.Write(began, scalars));
        terminal.Result(parsed.IsJson(), new { file = path, rounds = task.Results.Count - 1, scalars = scalars.Count },
            TextTable.Pairs(("file", path), ("rounds", $"{task.Results.Count - 1}")));
        return ExitCode.Done;
    }

    /// <summary>What a task's folder is called: its name, which anybody may have chosen, as a file's name.</summary>
    internal static string FolderOf(string task) => Unsafe().Replace(task, "_");

    private static IEnumerable<TensorBoardFile.Scalar> Scalars(RoundView round)
    {
        if (round.Accuracy is { } accuracy)
            yield return new("accuracy", round.Number, round.Time, accuracy);
        if (round.Loss is { } loss)
            yield return new("loss", round.Number, round.Time, loss);
        if (round.Number == 0)
            yield break;
        yield return new("updates/committed", round.Number, round.Time, round.Committed);
        yield return new("updates/taken", round.Number, round.Time, round.Taken);
        yield return new("bytes", round.Number, round.Time, round.Bytes);
        yield return new("reward", round.Number, round.Time,
            round.Paid.Aggregate(0.0, (sum, paid) => sum + paid.Reward));
    }

    private static void Write(string path, byte[] content)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"cannot make the directory of '{path}'", "choose another with -o");
        }
        TextFile.Write(path, content);
    }

    // Letters and digits of any language stay; a dot at the start would hide it, or lead upwards.
    [GeneratedRegex(@"^\.+|[^\p{L}\p{N}._-]")]
    private static partial Regex Unsafe();
}
