using System.Globalization;
using System.Text;
using Ledger.Consensus.State;
using Ledger.Node.Host;

namespace Ledger.Node.Http;

/// <summary>A node's figures in the text format of Prometheus 0.0.4: names end in their unit.</summary>
internal static class Metrics
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    internal static string Of(NodeSnapshot node, ulong nowMs)
    {
        var text = new StringBuilder();
        Gauge(text, "ledger_height", "Height of the last block here.", node.State.Height);
        Gauge(text, "ledger_best_peer_height", "Highest height that a peer claims.", node.BestPeerHeight);
        Gauge(text, "ledger_commit_age_seconds", "Since the last commit that this process saw.",
            Health.Age(node, nowMs) / 1e3);
        Gauge(text, "ledger_consensus_round", "Round of agreement on the next block.", node.Round);
        Gauge(text, "ledger_validators", "Validators of the next block.", node.State.Validators.Validators.Length);
        Gauge(text, "ledger_validators_silent", "Of those, how many have not voted in the round.", node.Silent.Length);
        Gauge(text, "ledger_peers", "Connected peers.", node.Peers.Length);
        Gauge(text, "ledger_pool_transactions", "Transactions that wait for a block.", node.PoolTransactions);
        Counter(text, "ledger_received_bytes_total", "UDP payload received since the start.", node.BytesIn);
        Counter(text, "ledger_sent_bytes_total", "UDP payload sent since the start.", node.BytesOut);
        Counter(text, "ledger_disk_syncs_total", "Waits for the disk since the start.", node.Syncs);
        Gauge(text, "ledger_resident_bytes", "Memory of the process, native memory included.", Environment.WorkingSet);
        Gauge(text, "ledger_managed_bytes", "Of that, managed memory in use.", GC.GetTotalMemory(false));
        Gauge(text, "ledger_store_bytes", "Of the resident memory, what the store's buffers and cache take.",
            node.StoreBytes);
        States(text, Health.Of(node, nowMs));
        Tasks(text, node.State.Tasks.Values);
        return text.ToString();
    }

    // One series for each state, so that an alert can name it.
    private static void States(StringBuilder text, string health)
    {
        Head(text, "ledger_health", "Whether the chain moves: 1 for the state it is in.", "gauge");
        foreach (var state in (string[])[Health.Ok, Health.Starting, Health.Syncing, Health.Slow, Health.Halted])
            Line(text, $"ledger_health{{state=\"{state}\"}}", state == health ? 1 : 0);
    }

    private static void Tasks(StringBuilder text, IEnumerable<LearningTask> tasks)
    {
        var all = tasks.Select(ViewOf.Summary).ToList();
        OfTasks("round", "Round under way.", task => task.Round);
        OfTasks("contributors", "Shards on chain.", task => task.Contributors);
        OfTasks("accuracy_ratio", "Share of held-out rows that the newest evaluated model has right.",
            task => task.Accuracy);
        OfTasks("loss", "Mean loss of the newest evaluated model on held-out rows.", task => task.Loss);

        void OfTasks(string name, string help, Func<TaskSummary, double?> of)
        {
            Head(text, $"ledger_task_{name}", help, "gauge");
            foreach (var task in all)
                if (of(task) is { } value)
                    Line(text, $"ledger_task_{name}{{task=\"{Escaped(task.Name)}\"}}", value);
        }
    }

    private static void Gauge(StringBuilder text, string name, string help, double value) =>
        One(text, name, help, "gauge", value);

    private static void Counter(StringBuilder text, string name, string help, double value) =>
        One(text, name, help, "counter", value);

    private static void One(StringBuilder text, string name, string help, string type, double value)
    {
        Head(text, name, help, type);
        Line(text, name, value);
    }

    private static void Head(StringBuilder text, string name, string help, string type) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void Line(StringBuilder text, string series, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"{series} {value}\n");

    private static string Escaped(string label) =>
        label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}
