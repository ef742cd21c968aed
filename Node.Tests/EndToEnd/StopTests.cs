using System.Diagnostics;
using Ledger.Node.Cli;
using Ledger.Node.Host;
using Ledger.Node.Storage;
using Ledger.Node.Tests.Learning;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>Ctrl-C, the service manager's SIGTERM, and a devnet that leaves nobody behind.</summary>
[NonParallelizable]
public class StopTests
{
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(4);

    [TestCase(LedgerProcess.Interrupt), TestCase(LedgerProcess.Terminate), CancelAfter(90_000)]
    public async Task A_node_that_is_asked_to_stop_does_so_at_once_and_starts_again_where_it_was(int signal)
    {
        await using var network = await Network.Start(validators: 1, rounds: 1);
        var node = network.Nodes[0];
        var height = (await node.Status()).Height;
        var clock = Stopwatch.StartNew();

        Assert.That(await node.Stop(signal), Is.EqualTo(ExitCode.Done));

        Assert.That(clock.Elapsed, Is.LessThan(Prompt));
        Assert.That(node.Logged.Where(line => line.Contains("   at ", StringComparison.Ordinal)), Is.Empty);
        await network.Start(node);
        Assert.That((await node.Status()).Height, Is.GreaterThanOrEqualTo(height));
    }

    [Test, CancelAfter(90_000)]
    public async Task A_command_that_comes_while_a_node_starts_waits_until_it_answers()
    {
        await using var network = await Network.Start(validators: 1, rounds: 1);
        var node = network.Nodes[0];
        await node.Stop();
        Assert.That(async () => await node.Status(), Throws.TypeOf<OperatorException>()
            .With.Message.EqualTo($"no node is running in '{node.Home}'"));

        var start = network.Start(node);
        while (!StoreDirectory.IsInUse(NodeHost.StoreIn(node.Home)))
            await Task.Delay(1);

        Assert.That((await node.Status()).Height, Is.GreaterThanOrEqualTo(0));
        await start;
    }

    // SIGKILL: the nodes notice by themselves that nobody waits for them any more.
    [TestCase(LedgerProcess.Interrupt, 1), TestCase(LedgerProcess.Terminate, 1), TestCase(9, 137), CancelAfter(90_000)]
    public async Task A_devnet_that_ends_early_takes_its_nodes_with_it(int signal, int code)
    {
        using var folder = new TemporaryFolder();
        await using var devnet = LedgerProcess.Start("devnet", "--rounds", "500", "--json", "--dir", folder.Path);
        int[] nodes;
        // The header of the table comes when the nodes have their shards.
        while ((nodes = ProcessTable.Children(devnet.Id)).Length < 4 || devnet.Errors.Count < 2)
            await Task.Delay(50);

        devnet.Signal(signal);

        Assert.That(await devnet.Exit(TimeSpan.FromSeconds(8)), Is.EqualTo(code));
        Assert.That(devnet.Output, Is.Empty);
        if (code == ExitCode.Failed)
            Assert.That(devnet.Errors, Has.Member("error: stopped before it was done"));
        for (var clock = Stopwatch.StartNew(); nodes.Any(ProcessTable.IsAlive) && clock.Elapsed < Prompt;)
            await Task.Delay(50);
        Assert.That(nodes.Where(ProcessTable.IsAlive), Is.Empty);
    }
}
