using System.CommandLine;
using Ledger.Learning.Export;

namespace Ledger.Node.Cli;

/// <summary><c>ledger model export</c>: the canonical model as a file that other programs load.</summary>
internal static class ModelExportCommand
{
    private const string Safetensors = "safetensors", TorchScript = "pt", Canonical = "params";

    private static readonly Option<string?> Format = new("--format")
    {
        Description =
            "safetensors (the numbers), pt (TorchScript: the numbers and the code) or params (the bytes that the chain "
            + "hashes); else by the file's name",
        HelpName = "safetensors|pt|params",
    };

    private static readonly Option<string> Out = new("--out", "-o")
    {
        Description = "where to write it",
        HelpName = "FILE",
        Required = true,
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("export", "the canonical model as a file",
            "ledger model export -o digits.safetensors", "ledger model export --round 5 --format pt -o digits.pt",
            "ledger model export --round 5 -o digits.params")
        {
            SharedOptions.Task, ModelCommand.Round, Format, Out, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        var path = parsed.GetRequiredValue(Out);
        var format = parsed.GetValue(Format) ?? Path.GetExtension(path).TrimStart('.');
        if (format is not (Safetensors or TorchScript or Canonical))
            throw new OperatorException($"'{format}' is no format of a model",
                $"--format takes {Safetensors}, {TorchScript} or {Canonical}", misuse: true);
        using var node = RunningNode.Of(parsed);
        using var model = await CanonicalModel.Fetch(node, parsed, stop);
        var content = format switch
        {
            Safetensors => Tensors(model),
            TorchScript => TorchScriptFile.Write(model.Model, model.Parameters),
            _ => Learning.Aggregation.Parameters.Encode(model.Parameters),
        };
        TextFile.Write(path, content);
        terminal.Result(parsed.IsJson(),
            new ExportView(path, format, model.Round.Number, model.Round.Parameters, content.Length),
            TextTable.Pairs(("file", path), ("round", $"{model.Round.Number}"), ("parameters", model.Round.Parameters),
                ("size", Figures.Bytes((ulong)content.Length))));
        return ExitCode.Done;
    }

    private static byte[] Tensors(CanonicalModel model)
    {
        using var stream = new MemoryStream();
        SafetensorsFile.Write(stream, model.Model.Shapes, model.Parameters, new Dictionary<string, string>
        {
            ["format"] = "pt",
            ["task"] = model.Task.Name,
            ["task_id"] = model.Task.Id,
            ["round"] = $"{model.Round.Number}",
            ["parameters"] = model.Round.Parameters,
            ["schema"] = model.Recipe.Schema.ToString(),
        });
        return stream.ToArray();
    }

    /// <summary>What was written.</summary>
    private sealed record ExportView(string File, string Format, uint Round, string Parameters, int Bytes);
}
