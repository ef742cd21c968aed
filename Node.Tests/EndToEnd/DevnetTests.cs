namespace Ledger.Node.Tests.EndToEnd;

/// <summary>The first command of a newcomer: four real nodes train one model on digits and agree on it.</summary>
[NonParallelizable]
public class DevnetTests
{
    private static readonly string[] Fields =
    [
        "nodes", "rounds", "height", "parameters", "agree", "accuracyBefore", "accuracyAfter", "seconds",
        "bytesPerRound", "perNode",
    ];

    [Test, CancelAfter(180_000)]
    public async Task Four_nodes_learn_digits_over_udp_alone_and_hold_the_same_parameters()
    {
        var udp = new Dictionary<int, int>();
        var tcp = 0;

        var summary = await Devnet.Run([], nodes =>
        {
            foreach (var node in nodes)
            {
                // At its start a node tries batches on a pair of sockets of its own: what stays open counts.
                if (ProcessTable.Sockets(node, "udp", "udp6") is var open and > 0)
                    udp[node] = Math.Min(udp.GetValueOrDefault(node, open), open);
                tcp += ProcessTable.Sockets(node, "tcp", "tcp6");
            }
        });

        Assert.That(udp.Values, Is.EqualTo(new[] { 1, 1, 1, 1 }), "each node has one UDP socket");
        Assert.That(tcp, Is.Zero, "no node has a TCP socket");
        Assert.That(summary.EnumerateObject().Select(field => field.Name), Is.EqualTo(Fields));
        Assert.That(summary.GetProperty("nodes").GetInt32(), Is.EqualTo(4));
        Assert.That(summary.GetProperty("perNode").GetArrayLength(), Is.EqualTo(4));
        Assert.That(summary.GetProperty("accuracyBefore").GetDouble(), Is.LessThan(0.3));
        Devnet.Learned(summary, atLeast: 0.95);
    }

    [Test, CancelAfter(180_000)]
    public async Task Threads_and_vector_units_change_no_bit_of_the_parameters()
    {
        var starts = new HashSet<(int Node, string Text)>();

        var summary = await Devnet.Run(
            [
                "--rounds", "3", "--rule", "trimmed-mean", "--threads-per-node", "1,2,3,1",
                "--node-environment", "1:DOTNET_EnableAVX2=0", "--node-environment", "2:DOTNET_EnableHWIntrinsic=0",
            ],
            nodes => starts.UnionWith(nodes.Select(node => (node, ProcessTable.StartOf(node)))));

        foreach (var one in new[] { "DOTNET_EnableAVX2=0", "DOTNET_EnableHWIntrinsic=0", "--threads\n3" })
        {
            var having = starts.Where(start => start.Text.Contains($"\n{one}\n", StringComparison.Ordinal));
            Assert.That(having.Select(start => start.Node).Distinct().Count(), Is.EqualTo(1), one);
        }
        Devnet.Learned(summary, atLeast: 0.9);
    }
}
