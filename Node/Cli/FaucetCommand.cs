using System.CommandLine;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary>
/// <c>ledger faucet</c>: tokens for trying things, on networks whose genesis file funds the well-known faucet key. On
/// any other that key owns nothing.
/// </summary>
internal static class FaucetCommand
{
    private const ulong Usual = 1_000, Most = 10_000;

    // Others may draw with the same nonce at the same time; one of them wins.
    private const int Attempts = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Beat = TimeSpan.FromMilliseconds(100);

    private static readonly Argument<string?> To = new("ADDRESS")
    {
        Description = "who gets them; the node's own account where there is none",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<ulong> Amount = new("--amount")
    {
        Description = $"tokens, at most {Most}",
        HelpName = "TOKENS",
        DefaultValueFactory = _ => Usual,
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("faucet", "tokens for trying things, on a testnet", "ledger faucet",
            "ledger faucet led1… --amount 5000")
        {
            To, Amount, SharedOptions.Fee, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        var amount = parsed.GetValue(Amount);
        if (amount is 0 or > Most)
            throw new OperatorException($"--amount is {amount}", $"give 1 to {Most}", misuse: true);
        using var node = RunningNode.Of(parsed);
        var status = await node.Get<StatusView>("status", stop);
        var to = ReadRoutes.AddressIn(parsed.GetValue(To) ?? status.Address);
        var before = await Account(node, to, stop);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            await Draw(node, RunningNode.ChainOf(status), new(to, amount), parsed.GetValue(SharedOptions.Fee), stop);
            if (await Account(node, to, stop) is var after && after.Balance >= before.Balance + amount)
            {
                terminal.Error.WriteLine("warning: the faucet's key is public: tokens of this network have no value");
                terminal.Result(parsed.IsJson(), new FaucetView($"{to}", amount, after.Balance),
                    TextTable.Pairs(("address", $"{to}"), ("amount", $"{amount}"), ("balance", $"{after.Balance}")));
                return ExitCode.Done;
            }
        }
        throw new OperatorException("others draw from the faucet at the same time", "try again");
    }

    // Signs a transfer with the public key and waits until a block has used up its nonce, for us or for another.
    private static async Task Draw(
        NodeClient node, Digest chain, Payload.Transfer transfer, ulong fee, CancellationToken stop)
    {
        using var key = DevKey.Faucet();
        var faucet = new Address(key.PublicKey);
        var account = await Account(node, faucet, stop);
        if (account.Balance < transfer.Amount + fee)
            throw new OperatorException("this network has no faucet, or it is empty",
                "ask somebody who has tokens for: ledger account send");
        var signed = new Transaction(faucet, account.Nonce, fee, transfer).Sign(chain, key);
        await node.Submit(new Writer().Array(1).Bytes(signed.Encode()).ToArray(), stop);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(Patience);
        try
        {
            while ((await Account(node, faucet, late.Token)).Nonce <= account.Nonce)
                await Task.Delay(Beat, late.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new OperatorException($"no block took the transfer in {Patience.TotalSeconds:0} s",
                "see: ledger chain status");
        }
    }

    private static Task<AccountView> Account(NodeClient node, Address address, CancellationToken stop) =>
        node.Get<AccountView>($"accounts/{address}", stop);

    /// <summary>Who has got how much, and has now.</summary>
    private sealed record FaucetView(string Address, ulong Amount, ulong Balance);
}
