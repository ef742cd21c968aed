using System.CommandLine;
using Ledger.Consensus.Chain;
using Ledger.Consensus.State;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger account rotate</c>: the validator goes on under a new key, which consents to it.</summary>
internal static class AccountRotateCommand
{
    private static readonly Argument<string> To = new("HOME")
    {
        Description = "the home with the new key, from: ledger keys new --home HOME",
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("rotate", "move the whole stake to the key in another home, without unbonding",
            "ledger account rotate ~/.ledger-new")
        {
            To, SharedOptions.Fee, SharedOptions.Home, Passphrase.FromFile, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        var path = new HomeDirectory(Path.GetFullPath(parsed.GetRequiredValue(To))).KeyFile;
        using var key = KeyFile.Read(path).Open(path, () => Passphrase.Existing(terminal, parsed));
        var to = new Address(key.PublicKey);
        using var node = RunningNode.Of(parsed);
        var status = await node.Get<StatusView>("status", stop);
        var consent = key.Sign(KeyRotations.ConsentDigest(
            RunningNode.ChainOf(status), ReadRoutes.AddressIn(status.Address), to));
        var request = new TransactionRequest("rotate-key", to.ToString(), 0, parsed.GetValue(SharedOptions.Fee))
        {
            Consent = consent.ToString(),
        };
        RunningNode.Show(terminal, parsed, await node.Submit(request, stop), "key rotation");
        if (!parsed.IsJson())
            terminal.Error.WriteLine(
                $"run the node of {to} beside this one; stop this one when 'ledger account show' says validator: no");
        return ExitCode.Done;
    }
}
