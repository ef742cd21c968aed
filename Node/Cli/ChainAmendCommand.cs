using System.CommandLine;
using System.Globalization;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger chain amend</c>: this validator's vote for a change of the chain's rules.</summary>
internal static class ChainAmendCommand
{
    private static readonly Option<string> At = new("--at")
    {
        Description = "the first block that follows the new rules: a height, or +N from the tip",
        HelpName = "HEIGHT|+N",
        Required = true,
    };

    private static readonly Option<string[]> Set = new("--set")
    {
        Description = "a parameter by its key in the genesis file; may be repeated",
        HelpName = "KEY=VALUE",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<uint?> ProtocolVersion = new("--protocol-version")
    {
        Description = "the version of the protocol that blocks have from there on; nodes that do not know it stop",
        HelpName = "N",
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("amend", "vote for a change of the chain's rules",
            "ledger chain amend --set block-interval-ms=50 --at +1000",
            "ledger chain amend --protocol-version 2 --at 250000")
        {
            At, Set, ProtocolVersion, SharedOptions.Fee, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var tip = (await node.Get<StatusView>("status", stop)).Height;
        var request = new AmendmentRequest(HeightIn(parsed.GetRequiredValue(At), tip),
            parsed.GetValue(ProtocolVersion), ChangesIn(parsed.GetRequiredValue(Set)),
            parsed.GetValue(SharedOptions.Fee));
        RunningNode.Show(terminal, parsed, await node.Amend(request, stop), "amendment");
        return ExitCode.Done;
    }

    private static ulong HeightIn(string text, ulong tip)
    {
        var digits = text.StartsWith('+') ? text[1..] : text;
        return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var height)
            ? text.StartsWith('+') ? tip + height : height
            : throw new OperatorException($"'{text}' is no height", "write a height, or +N for N blocks from now",
                misuse: true);
    }

    private static Dictionary<string, ulong> ChangesIn(string[] changes)
    {
        var values = new Dictionary<string, ulong>();
        foreach (var change in changes)
            if (change.Split('=') is not [{ Length: > 0 } key, var text]
                || !ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                throw new OperatorException($"'{change}' is no change of a parameter",
                    "write it as KEY=VALUE, such as block-interval-ms=50", misuse: true);
            else if (!values.TryAdd(key, value))
                throw new OperatorException($"'{key}' is set twice", "keep one of them", misuse: true);
        return values;
    }
}
