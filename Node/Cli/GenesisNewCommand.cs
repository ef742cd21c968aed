using System.CommandLine;
using System.Globalization;
using System.Text;
using Ledger.Consensus.Chain;

namespace Ledger.Node.Cli;

/// <summary><c>ledger genesis new</c>: makes a genesis file of validators, accounts and, with data, a training
/// task.</summary>
internal static class GenesisNewCommand
{
    private const ulong DevStake = 10_000;
    private const ulong DevBalance = 1_000_000, FaucetBalance = 100_000_000;

    private static readonly Option<string[]> Validators = new("--validator")
    {
        Description = "who votes, and with what stake; may be repeated",
        HelpName = "ADDR=STAKE",
    };

    private static readonly Option<string[]> Accounts = new("--account")
    {
        Description = "who holds tokens; may be repeated",
        HelpName = "ADDR=BALANCE",
    };

    private static readonly Option<bool> Dev =
        new("--dev") { Description = "the four well-known insecure keys as validators, and a faucet" };

    private static readonly Option<string> Name = new("--chain-id")
    {
        Description = "what people call the network",
        HelpName = "NAME",
        DefaultValueFactory = _ => "ledger",
    };

    private static readonly Option<string?> Time = new("--time")
    {
        Description = "when it starts, in UTC; now where there is none",
        HelpName = "2026-01-31T12:00:00Z",
    };

    private static readonly Option<string[]> Peers = new("--peer")
    {
        Description = "where newcomers find the network; may be repeated",
        HelpName = "ID@ADDR:PORT",
    };

    private static readonly Option<string> Out = new("--out", "-o")
    {
        Description = "where to write it",
        HelpName = "FILE",
        DefaultValueFactory = _ => "genesis.json",
    };

    private static readonly TaskOptions Task = new();

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("new", "make a genesis file",
            "ledger genesis new --dev --data digits -o genesis.json",
            "ledger genesis new --chain-id hospitals --validator led1…=10000 --data heart.csv --label \"num>0\"")
        {
            Validators, Accounts, Dev, Name, Time, Peers, Out, SharedOptions.Json,
        };
        Task.AddTo(command);
        command.SetAction(parsed => Run(terminal, parsed));
        return command;
    }

    private static int Run(Terminal terminal, ParseResult parsed)
    {
        var path = parsed.GetRequiredValue(Out);
        TextFile.RequireNone(path, "a genesis is a network's identity; choose another --out");
        var genesis = GenesisText.AsRead(Draft(parsed));
        TextFile.Write(path, Encoding.UTF8.GetBytes(GenesisFile.Format(genesis)));
        var chain = genesis.Digest().ToString();
        terminal.Result(parsed.IsJson(), new NewView(path, genesis.Name, chain),
            TextTable.Pairs(("file", path), ("chain", chain)));
        return ExitCode.Done;
    }

    private static Genesis Draft(ParseResult parsed)
    {
        var dev = parsed.GetValue(Dev) ? DevNetwork.Participants().ToArray() : [];
        var validators = Holdings(parsed, Validators).Select(v => new GenesisValidator(v.Address, v.Tokens))
            .Concat(dev.Select(d => new GenesisValidator(d.Address, DevStake))).ToArray();
        if (validators.Length == 0)
            throw new OperatorException("a network needs validators",
                "give --validator ADDR=STAKE, or --dev to try things", misuse: true);
        return new()
        {
            Name = parsed.GetRequiredValue(Name),
            Time = StartTime(parsed.GetValue(Time)),
            Parameters = new(),
            Validators = [.. validators],
            Accounts = [.. Holdings(parsed, Accounts).Select(a => new GenesisAccount(a.Address, a.Tokens)),
                .. dev.Select(d => new GenesisAccount(d.Address, DevBalance)),
                .. dev is [] ? [] : (GenesisAccount[])[Faucet()]],
            Tasks = parsed.GetValue(Task.Data) is { } data
                ? [Task.Draft(parsed, data, validators.Length).Build(validators[0].Address).Task]
                : [],
            Peers = [.. PeersIn(parsed), .. dev.Select(d => d.Peer)],
        };
    }

    private static GenesisAccount Faucet()
    {
        using var key = DevKey.Faucet();
        return new(new(key.PublicKey), FaucetBalance);
    }

    private static IEnumerable<(Address Address, ulong Tokens)> Holdings(ParseResult parsed, Option<string[]> option) =>
        (parsed.GetValue(option) ?? []).Select(text => Arguments.Holding(option.Name, text));

    private static IEnumerable<string> PeersIn(ParseResult parsed)
    {
        foreach (var text in parsed.GetValue(Peers) ?? [])
        {
            Arguments.Peer(text);
            yield return text;
        }
    }

    private static ulong StartTime(string? text)
    {
        if (text is null)
            return (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, utc, out var time)
            && time.ToUnixTimeMilliseconds() >= 0
            ? (ulong)time.ToUnixTimeMilliseconds()
            : throw new OperatorException($"--time is '{text}'", "write it as 2026-01-31T12:00:00Z", misuse: true);
    }

    /// <summary>What was made.</summary>
    private sealed record NewView(string File, string Network, string Chain);
}
