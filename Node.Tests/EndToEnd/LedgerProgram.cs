using System.Diagnostics;
using System.Text.Json;
using Ledger.Node.Cli;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>The executable as a person finds it after a build: beside the tests, run as it is or by dotnet.</summary>
internal static class LedgerProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>How to start it, with pipes instead of a terminal, and perhaps by <paramref name="launcher"/>, a
    /// command that becomes it.</summary>
    internal static ProcessStartInfo Start(IEnumerable<string> arguments, params string[] launcher)
    {
        var folder = TestContext.CurrentContext.TestDirectory;
        var native = Path.Combine(folder, "ledger");
        var (file, first) = File.Exists(native)
            ? (native, Array.Empty<string>())
            : ("dotnet", [Path.Combine(folder, "ledger.dll")]);
        string[] command = [.. launcher, file, .. first, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Two threads of the linear algebra library in each of N processes would only fight for the cores.
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";
        start.Environment["OMP_NUM_THREADS"] = "1";
        return start;
    }

    /// <summary>Runs a command to its end.</summary>
    internal static async Task<Outcome> Run(params string[] arguments)
    {
        await using var process = LedgerProcess.Start(arguments);
        process.CloseInput();
        var code = await process.Exit(Patience);
        return new(string.Join(' ', arguments), code, process.Output, process.Errors);
    }
}

/// <summary>How a command ended, with the lines that it wrote.</summary>
internal sealed record Outcome(string Command, int Code, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)
{
    private string Everything => $"ledger {Command}: exit code {Code}\n{string.Join('\n', [.. Output, .. Errors])}";

    /// <summary>The object on the only line of a command that did what it was asked.</summary>
    internal JsonElement Json()
    {
        Assert.That((Code, Output.Count), Is.EqualTo((ExitCode.Done, 1)), Everything);
        var json = JsonDocument.Parse(Output[0]).RootElement;
        Assert.That(json.ValueKind, Is.EqualTo(JsonValueKind.Object), Everything);
        return json;
    }

    /// <summary>Two lines for a person and nothing else: what is wrong, and what to do about it.</summary>
    internal void IsMistake(int code, string error, string hint)
    {
        Assert.That(Code, Is.EqualTo(code), Everything);
        var lines = Errors.Where(line => !line.StartsWith("warning: ", StringComparison.Ordinal)).ToArray();
        Assert.That(lines, Has.Length.EqualTo(2), Everything);
        Assert.That(lines[0], Does.StartWith("error: ").And.Contain(error), Everything);
        Assert.That(lines[1], Does.StartWith("hint: ").And.Contain(hint), Everything);
        Assert.That(lines[0], Does.Not.EndWith("."), Everything);
        Assert.That(Output, Is.Empty, Everything);
    }
}
