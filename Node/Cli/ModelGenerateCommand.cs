using System.CommandLine;
using System.Globalization;
using System.Text;
using Ledger.Learning.Models;

namespace Ledger.Node.Cli;

/// <summary><c>ledger model generate</c>: text that the canonical model writes after a beginning.</summary>
internal static class ModelGenerateCommand
{
    private static readonly Argument<string> Prompt = new("TEXT") { Description = "what the text begins with" };

    private static readonly Option<int> Length = new("--length")
    {
        Description = "characters to write",
        HelpName = "N",
        DefaultValueFactory = _ => 200,
    };

    private static readonly Option<double> Temperature = new("--temperature")
    {
        Description = "below 1 keeps to what is likely, above 1 dares more",
        HelpName = "T",
        DefaultValueFactory = _ => 0.7,
    };

    private static readonly Option<ulong> Seed = new("--seed") { Description = "of the drawing", HelpName = "N" };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("generate", "let the canonical model of a text go on writing",
            "ledger model generate 'ROMEO:'", "ledger model generate 'To be' --length 400 --temperature 0.5")
        {
            Prompt, Length, Temperature, Seed, SharedOptions.Task, ModelCommand.Round, SharedOptions.Home,
            SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        var (length, temperature) = (parsed.GetValue(Length), parsed.GetValue(Temperature));
        if (length is < 1 or > 100_000)
            throw new OperatorException($"--length is {length}", "give 1 to 100000", misuse: true);
        if (temperature is not (>= 0.01 and <= 100))
            throw new OperatorException(
                $"--temperature is {temperature.ToString(CultureInfo.InvariantCulture)}", "give 0.01 to 100",
                misuse: true);
        using var node = RunningNode.Of(parsed);
        using var model = await CanonicalModel.Fetch(node, parsed, stop);
        var prompt = parsed.GetRequiredValue(Prompt);
        var characters = Generation.Continue(
            model.Model, model.Parameters, prompt, length, temperature, parsed.GetValue(Seed));
        var text = new StringBuilder(prompt);
        if (!parsed.IsJson())
            terminal.Output.Write(prompt);
        foreach (var character in characters)
        {
            stop.ThrowIfCancellationRequested();
            text.Append(character);
            if (!parsed.IsJson())
                terminal.Output.Write(character);
        }
        terminal.Result(parsed.IsJson(), new GeneratedView(text.ToString()), "");
        return ExitCode.Done;
    }

    private sealed record GeneratedView(string Text);
}
