using System.CommandLine;
using System.Globalization;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;

namespace Ledger.Node.Cli;

/// <summary><c>ledger chain verify</c>: checks a proof file; needs no node, no home and no network.</summary>
internal static class ChainVerifyCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "made by: ledger chain proof" };

    private static readonly Option<string> Genesis = new("--genesis")
    {
        Description = "trust the validators that this genesis file names",
        HelpName = "FILE",
    };

    private static readonly Option<string> Header = new("--trusted")
    {
        Description = "trust the block with this id: the proof must begin with it (ledger chain proof … --since)",
        HelpName = "ID",
    };

    private static readonly Option<string> Model = new("--model")
    {
        Description = "check that these are the canonical parameters (ledger model export --format params)",
        HelpName = "FILE",
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("verify", "check a proof file, without a node",
            "ledger chain verify account.proof --genesis genesis.json",
            "ledger chain verify model.proof --genesis genesis.json --model digits.params")
        {
            File, Genesis, Header, Model, SharedOptions.Json,
        };
        command.SetAction(parsed => Run(terminal, parsed));
        return command;
    }

    private static int Run(Terminal terminal, ParseResult parsed)
    {
        var path = parsed.GetRequiredValue(File);
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var content = TextFile.ReadBytes(path, "make one with: ledger chain proof");
        if (!ProofFile.TryDecode(content, out var file))
            throw new OperatorException($"'{path}' is no proof file",
                "it was cut or changed, or is of another version");
        if (Check(parsed, file, now) is var fault and not LightFault.None)
            throw new OperatorException($"'{path}' proves nothing: {RefusalText.Of(fault)}", RefusalText.Hint(fault));
        var proved = Proved.Of(file)
            ?? throw new OperatorException($"'{path}' is about something this version does not know",
                "verify it with a newer version");
        if (parsed.GetValue(Model) is { } model)
            CheckModel(proved, model);
        var head = file.Head.Header;
        terminal.Result(parsed.IsJson(),
            new VerifiedView(true, head.ChainId.ToString(), head.Height, head.Digest().ToString(), head.Time,
                proved.Subject, proved.Values),
            string.Join('\n', proved.Text, TextTable.Pairs(
                ("as of", string.Create(CultureInfo.InvariantCulture,
                    $"block {head.Height}, {DateTimeOffset.FromUnixTimeMilliseconds((long)head.Time):u}")),
                ("header", $"{head.Digest()}"), ("chain", $"{head.ChainId}"))));
        return ExitCode.Done;
    }

    private static LightFault Check(ParseResult parsed, ProofFile file, ulong now) =>
        (parsed.GetValue(Genesis), parsed.GetValue(Header)) switch
        {
            ({ } path, null) when GenesisText.Load(path) is var genesis =>
                file.Verify(Trusted.Of(genesis), LightOptions.Of(genesis.Parameters), now),
            (null, { } text) when Digest.TryParse(text, out var id) =>
                file.Verify(id.Value, LightOptions.Of(new ChainParameters()), now),
            (null, { } text) => throw new OperatorException($"'{text}' is no block id",
                "an id is written as 64 hexadecimal digits: ledger chain block", misuse: true),
            _ => throw new OperatorException("somebody has to be trusted",
                "give --genesis FILE or --trusted ID, one of them", misuse: true),
        };

    private static void CheckModel(Proved proved, string path)
    {
        if (proved.Parameters is not { } canonical)
            throw new OperatorException($"the proof is about {proved.Subject}, not about a model",
                "make one with: ledger chain proof model TASK ROUND");
        var given = Digest.OfBlob(TextFile.ReadBytes(path, "make one with: ledger model export --format params"));
        if (given != canonical)
            throw new OperatorException($"'{path}' is not the canonical model: its id is {given}",
                $"the round's is {canonical}; export it with --format params");
    }

    /// <summary>What was proved, as of a block.</summary>
    private sealed record VerifiedView(
        bool Verified, string Chain, ulong Height, string Header, ulong Time, string Subject, object Values);

    /// <summary>The statement of a proof, for people and for programs.</summary>
    private sealed record Proved(string Subject, string Text, object Values, Digest? Parameters)
    {
        internal static Proved? Of(ProofFile file) => ProofSubject.Of(file.State.Key) switch
        {
            ProofSubject.OfAccount of => OfAccount(of.Address, file.State.Value),
            ProofSubject.OfTask of when TaskLeaves.ReadProgress(file.State.Value) is { } task => new("task",
                $"task '{task.Name}' is in round {task.Round}, {Phrase(task.Phase)}", new
                {
                    Task = of.Task.ToString(),
                    task.Name,
                    Owner = task.Owner.ToString(),
                    task.Pool,
                    task.Round,
                    Phase = Phrase(task.Phase),
                    Parameters = task.Parameters.ToString(),
                }, null),
            ProofSubject.OfModel of when TaskLeaves.ReadResult(file.State.Value) is { } result => new("model",
                $"round {of.Round} of task {of.Task.Short} made these parameters canonical: {result.Parameters}", new
                {
                    Task = of.Task.ToString(),
                    of.Round,
                    Parameters = result.Parameters.ToString(),
                    result.Exponent,
                    result.Height,
                    result.Time,
                }, result.Parameters),
            ProofSubject.OfValidators when StateLeaves.ReadValidators(file.State.Value) is { } set => new("validators",
                TextTable.Of(["validator", "stake"],
                    set.Validators.Select(v => new[] { v.Address.ToString(), $"{v.Stake}" })),
                set.Validators.Select(v => new { Address = v.Address.ToString(), v.Stake }).ToArray(), null),
            _ => null,
        };

        private static Proved? OfAccount(Address address, byte[]? value)
        {
            var account = value is null ? default(Account) : StateLeaves.ReadAccount(value);
            return account is not var (balance, stake, nonce)
                ? null
                : new("account", $"{address} has balance {balance}, stake {stake}, nonce {nonce}", new
                {
                    Address = address.ToString(),
                    Balance = balance,
                    Stake = stake,
                    Nonce = nonce,
                }, null);
        }

        private static string Phrase(Phase phase) => phase.ToString().ToLowerInvariant();
    }
}
