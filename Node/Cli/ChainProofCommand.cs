using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger chain proof</c>: a file that proves something about the chain to whoever has no node.</summary>
internal static class ChainProofCommand
{
    private static readonly Argument<string> Address = new("ADDRESS") { Description = "an address" };

    private static readonly Argument<string> Task = new("TASK") { Description = "the task's name or id" };

    private static readonly Argument<uint> Round = new("ROUND") { Description = "the round; 0 is the start" };

    private static readonly Option<string> Out = new("--out", "-o")
    {
        Description = "where to write it",
        HelpName = "FILE",
        DefaultValueFactory = _ => "ledger.proof",
    };

    private static readonly Option<ulong?> Since = new("--since")
    {
        Description = "begin with the header of this height, for somebody who trusts it; else with the genesis",
        HelpName = "HEIGHT",
    };

    internal static Command Create(Terminal terminal) =>
        new LedgerCommand("proof", "a file that proves something about the chain without a node")
    {
        Of(terminal, "account", "what an address owns", "ledger chain proof account led1… -o account.proof",
            parsed => $"account/{Arguments.Address(parsed.GetRequiredValue(Address))}", Address),
        Of(terminal, "task", "how far a task is", "ledger chain proof task digits -o task.proof",
            parsed => $"task/{Escaped(parsed, Task)}", Task),
        Of(terminal, "model", "which parameters a round made canonical",
            "ledger chain proof model digits 5 -o model.proof",
            parsed => $"model/{Escaped(parsed, Task)}/{parsed.GetRequiredValue(Round)}", Task, Round),
        Of(terminal, "validators", "who votes on the newest block", "ledger chain proof validators --since 1200",
            _ => "validators"),
    };

    private static LedgerCommand Of(
        Terminal terminal, string name, string description, string example, Func<ParseResult, string> route,
        params Argument[] arguments)
    {
        var command = new LedgerCommand(name, description, example);
        foreach (var argument in arguments)
            command.Add(argument);
        command.Add(Since);
        command.Add(Out);
        command.Add(SharedOptions.Home);
        command.Add(SharedOptions.Json);
        command.SetAction((parsed, stop) => Run(terminal, parsed, route(parsed), stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, string route, CancellationToken stop)
    {
        var path = parsed.GetRequiredValue(Out);
        using var node = RunningNode.Of(parsed);
        var since = parsed.GetValue(Since) is { } height ? $"?since={height}" : "";
        var proof = await node.Bytes($"proofs/{route}{since}", stop);
        TextFile.Write(path, proof);
        terminal.Result(parsed.IsJson(), new ProofView(path, proof.Length), TextTable.Pairs(
            ("file", path), ("size", Figures.Bytes((ulong)proof.Length)),
            ("check it with", $"ledger chain verify {path} --genesis genesis.json")));
        return ExitCode.Done;
    }

    private static string Escaped(ParseResult parsed, Argument<string> argument) =>
        Uri.EscapeDataString(parsed.GetRequiredValue(argument));

    /// <summary>What was written.</summary>
    private sealed record ProofView(string File, int Bytes);
}
