using Ledger.Consensus.Chain;
using Ledger.Node.Cli;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>Tokens for trying things, where the genesis file has some for everybody, and nowhere else.</summary>
[NonParallelizable]
public class FaucetTests
{
    [Test, CancelAfter(90_000)]
    public async Task Whoever_asks_the_faucet_of_a_testnet_has_tokens_and_others_at_the_same_time_too()
    {
        using var folder = new Learning.TemporaryFolder();
        using var key = DevKey.Faucet();
        var genesis = Path.Combine(folder.Path, "genesis.json");
        await using var node = await NodeProcess.New(Path.Combine(folder.Path, "n"));
        var (first, second) = (new Address(Some.Key(1).PublicKey), new Address(Some.Key(2).PublicKey));
        (await LedgerProgram.Run("genesis", "new", "--validator", $"{node.Address}=10000", "--account",
            $"{new Address(key.PublicKey)}=20000", "-o", genesis, "--json")).Json();
        await node.Start(genesis);

        // It is the proposer too, who gets the fee.
        Assert.That((await node.Json("faucet")).GetProperty("balance").GetUInt64(), Is.InRange(1_000, 1_001));
        await Task.WhenAll(node.Json("faucet", $"{first}"), node.Json("faucet", $"{second}", "--amount", "7000"));
        var of = (await node.Json("account", "show", $"{second}")).GetProperty("balance").GetUInt64();
        Assert.That(of, Is.AtLeast(7_000));

        (await node.Command("faucet", "--amount", "10001")).IsMistake(ExitCode.Misused, "--amount is 10001", "10000");
        await node.Json("faucet", "--amount", "9000");
        (await node.Command("faucet", "--amount", "9000")).IsMistake(ExitCode.Failed, "it is empty", "account send");
    }

    [Test]
    public async Task A_network_that_funds_none_has_none()
    {
        var node = (await SharedNetwork.Get()).Nodes[0];
        (await node.Command("faucet")).IsMistake(
            ExitCode.Failed, "this network has no faucet, or it is empty", "ask somebody who has tokens");
    }
}
