using Ledger.Node.Http;

namespace Ledger.Node.Cli.Doctor;

/// <summary>What the node of the home answers, where one runs: whether its chain moves and whether it has
/// company.</summary>
internal static class NodeCheck
{
    private const string Node = "node", Company = "peers";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks the node: its status and the last block, or why there is no answer.</summary>
    internal static async Task<(StatusView? Status, BlockView? Block, Finding? Silence)> Ask(
        string home, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        using var node = new NodeClient(home);
        try
        {
            var status = await node.Get<StatusView>("status", patience.Token);
            return (status, await LastBlock(node, status.Height, patience.Token), null);
        }
        catch (OperatorException e)
        {
            return (null, null, e.Message.StartsWith("no node is running", StringComparison.Ordinal)
                ? Finding.Ok(Node, e.Message)
                : Finding.Fail(Node, e.Message, $"ledger status --home {home}"));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, null, Finding.Fail(Node,
                $"one runs in '{home}', but it did not answer within {Patience.TotalSeconds:0} s",
                $"fuser -v '{ApiSocket.PathIn(home)}'"));
        }
    }

    // A node that began with a snapshot lacks the blocks before it.
    private static async Task<BlockView?> LastBlock(NodeClient node, ulong height, CancellationToken stop)
    {
        try
        {
            return await node.Get<BlockView>($"blocks/{height}", stop);
        }
        catch (OperatorException)
        {
            return null;
        }
    }

    internal static IEnumerable<Finding> Of(StatusView status)
    {
        var says = $"{status.Health}, height {status.Height}"
            + (status.CommitAge is { } age ? $", last commit {Figures.Seconds(age)} ago" : "");
        yield return status.Health switch
        {
            Health.Ok => Finding.Ok(Node, says),
            Health.Halted => Finding.Fail(Node, says, "ledger chain status"),
            _ => Finding.Warn(Node, says, "ledger status --watch"),
        };
        yield return status.Peers > 0 || status.Validators < 2
            ? Finding.Ok(Company, $"{status.Peers} connected")
            : Finding.Warn(Company, "none is connected", "ledger run --help");
    }
}
