using System.CommandLine;
using System.Globalization;
using Ledger.Learning.Data;
using Ledger.Node.Http;
using Ledger.Node.Training;

namespace Ledger.Node.Cli;

/// <summary><c>ledger shard add</c>: rows of a file, encoded as the task wants them, for this node to train
/// on.</summary>
internal static class ShardAddCommand
{
    private static readonly Argument<string> Data = new("FILE") { Description = DataFiles.Kinds };

    private static readonly Option<string?> Label = new("--label")
    {
        Description = "the label column, where this file calls it otherwise than the task",
        HelpName = "COLUMN",
    };

    private static readonly Option<string> Terms = new("--terms")
    {
        Description = "the licence or consent under which the rows may be learnt from; it stands on the chain",
        HelpName = "TEXT",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<string?> Part = new("--part")
    {
        Description = "take the I-th of N parts of the rows, I from 1",
        HelpName = "I/N",
    };

    private static readonly Option<string> Split = new("--split")
    {
        Description = "how --part deals: iid, dirichlet:A, shards:K",
        HelpName = "NAME",
        DefaultValueFactory = _ => "iid",
    };

    private static readonly Option<ulong> Seed =
        new("--seed") { Description = "of the dealing and of the hold-out", HelpName = "N" };

    private static readonly Option<double> HeldOut = new("--held-out")
    {
        Description = "the share of rows that tell how good the model is, and do nothing else",
        HelpName = "SHARE",
        DefaultValueFactory = _ => 0.2,
    };

    private static readonly Option<double?> Validation = new("--validation")
    {
        Description = "the share of rows by which this node judges others' updates when it is in the committee; "
            + "a tenth, or of few rows up to a fifth, where nothing is said",
        HelpName = "SHARE",
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("add", "add rows of a file for a task",
            "ledger shard add patients.csv --task heart", "ledger shard add digits --part 1/4",
            "ledger shard add clinic.csv --label diagnosis --terms CC-BY-4.0")
        {
            Data, SharedOptions.Task, Label, Terms, Part, Split, Seed, HeldOut, Validation, SharedOptions.Home,
            SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        var heldOut = ShareIn(HeldOut, parsed.GetValue(HeldOut))!.Value;
        var validation = ShareIn(Validation, parsed.GetValue(Validation));
        if (heldOut + validation >= 1)
            throw new OperatorException("--held-out and --validation leave no rows to train on",
                "keep their sum below 1", misuse: true);
        var data = parsed.GetRequiredValue(Data);
        var origin = ShardOrigin.Of(SourceName(data, parsed.GetValue(Part)), parsed.GetRequiredValue(Terms));
        using var node = RunningNode.Of(parsed);
        var task = await RunningNode.TaskOf(node, parsed, stop);
        var schema = CanonicalModel.RecipeOf(task).Schema;
        var rows = Dealt(parsed, Dataset.Concat(
            [.. DataFiles.Open(data)
                .Select(source => schema.Encode(WithLabel(source, schema, parsed.GetValue(Label))))]));
        if (rows.Rows == 0)
            throw new OperatorException($"'{data}' has no rows for this node", "a shard needs one row at least");
        var shard = Shard.Of(rows, parsed.GetValue(Seed), heldOut, validation);
        var submission = await node.AddShard(task.Id, origin, ShardBytes.Of(shard), stop);
        Show(terminal, parsed, new(task, schema, shard), submission);
        return ExitCode.Done;
    }

    private static double? ShareIn(Option option, double? share) => share is null or (> 0 and < 1)
        ? share
        : throw new OperatorException($"{option.Name} is {share.Value.ToString(CultureInfo.InvariantCulture)}",
            "give a share between 0 and 1", misuse: true);

    private static Dataset Dealt(ParseResult parsed, Dataset rows)
    {
        if (parsed.GetValue(Part) is not { } part)
            return rows;
        var (index, of) = PartOf(part);
        return rows.Take(Splits.Parse(parsed.GetRequiredValue(Split))
            .Deal(rows.Labels, of, parsed.GetValue(Seed))[index - 1]);
    }

    internal static (int Index, int Of) PartOf(string text)
    {
        var numbers = text.Split('/');
        return numbers.Length == 2
            && int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var of) && index >= 1
                && index <= of
                ? (index, of)
                : throw new OperatorException($"--part is '{text}'", "write it as I/N with I from 1 to N: --part 1/4",
                    misuse: true);
    }

    // The task knows its label by one name; a site may have another one for the same thing.
    private static Source WithLabel(Source source, Schema schema, string? label)
    {
        if (label is null || source is not Table table || schema is not TableSchema task)
            return source;
        var column = table.IndexOf(label);
        var columns = table.Columns.Select((name, i) => i == column ? task.Label.Split('>')[0] : name);
        return table with { Columns = [.. columns] };
    }

    private static string SourceName(string data, string? part)
    {
        var name =
            string.Join(',', data.Split(',').Select(path => Path.GetFileName(Path.TrimEndingDirectorySeparator(path))));
        return part is null ? name : $"{name} part {part}";
    }

    private static void Show(Terminal terminal, ParseResult parsed, Understood understood, SubmissionView submission)
    {
        if (submission.Refused is { } rule)
            throw new OperatorException($"the shard was refused: {rule}",
                "see what this node has for the task: ledger shard list; what the task asks for: ledger task show");
        var (task, schema, shard) = understood;
        var repeated = shard.Repeated();
        var view = new AddedView(task.Id, task.Name, shard.Training.Rows, shard.Validation.Rows,
            shard.HeldOut.Rows, repeated.Rows, repeated.HeldOut, schema.Inputs,
            schema.Classes, Convert.ToHexStringLower(shard.Root), submission.Transaction, submission.Height);
        terminal.Result(parsed.IsJson(), view, TextTable.Pairs([
            ("task", view.Name),
            ("rows", $"{view.Rows} to train on, {view.Validation} for validation, {view.HeldOut} held out"),
            .. view.Repeated > 0 ? (IEnumerable<(string, string)>)[("repeated", Repeats(view))] : [],
            ("inputs", schema switch
            {
                TableSchema table => $"{view.Inputs} from {table.Columns.Length} columns",
                TextSchema => $"{view.Inputs} characters",
                _ => $"{view.Inputs} pixels",
            }),
            schema switch
            {
                { Target: { } target } => ("predicts", $"the number '{target.Name}'"),
                TextSchema => ("predicts", $"the next character, one of {view.Classes.Length}"),
                _ => ("classes", string.Join(", ", view.Classes)),
            },
            ("root", view.Root), ("height", $"{view.Height}"),
        ]));
    }

    private static string Repeats(AddedView view) =>
        $"{view.Repeated} rows equal an earlier one; {view.RepeatedHeldOut} held out equal one that is not";

    private sealed record Understood(TaskView Task, Schema Schema, Shard Shard);

    /// <summary>What was understood of the data, and where its announcement stands.</summary>
    private sealed record AddedView(
        string Task, string Name, int Rows, int Validation, int HeldOut, int Repeated, int RepeatedHeldOut, int Inputs,
        string[] Classes, string Root, string Transaction,
        ulong? Height);
}
