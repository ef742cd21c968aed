using System.Globalization;
using System.Text.Json.Serialization;

namespace Ledger.Node.Cli.Devnet;

/// <summary>How a devnet ended; with <c>--json</c>, its one line. Accuracies are shares of all held-out rows.</summary>
internal sealed record DevnetSummary(
    int Nodes, uint Rounds, ulong Height, string? Parameters, bool Agree, double? AccuracyBefore, double? AccuracyAfter,
    double Seconds, ulong BytesPerRound, IReadOnlyList<DevnetNodeView> PerNode,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DevnetAttackView? Attack,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FitView>? Compared = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool EndedEarly = false)
{
    internal string Text()
    {
        var nodes = TextTable.Of(
            ["node", "address", "rows", "held out", "accuracy", "sent", "parameters"],
            PerNode.Select(node => (string[])[$"{node.Node}", Figures.Short(node.Address), $"{node.Rows}",
                $"{node.HeldOut}", Figures.Percent(node.Accuracy), Figures.Bytes(node.BytesOut), node.Parameters]));
        var whole = TextTable.Pairs([
            ("agree", Agree ? $"yes: {Nodes} of {Nodes} nodes hold the same parameters, to the bit"
                : "NO: the nodes hold different parameters"),
            ("accuracy",
                $"{Figures.Percent(AccuracyBefore)} before, {Figures.Percent(AccuracyAfter)} after {Rounds} rounds, "
                + "on rows no node trained on"),
            .. EndedEarly
                ? (IEnumerable<(string, string)>)[("ended", "early: the last rounds taught the model nothing")]
                : [],
            ("time", string.Create(CultureInfo.InvariantCulture, $"{Seconds:0.0} s for {Height} blocks")),
            ("traffic", $"{Figures.Bytes(BytesPerRound)} a round over UDP, all nodes together"),
            .. Attack is { } attack ? (IEnumerable<(string, string)>)[("attack", attack.Text())] : []]);
        var compared = Compared is null ? ""
            : $"\n\non all {PerNode.Sum(node => node.HeldOut)} rows held out:\n{DevnetComparison.Text(Compared)}";
        return $"{nodes}\n\n{whole}{compared}";
    }
}

/// <summary>One node at the end. <paramref name="Parameters"/> is the id of the bytes it holds.</summary>
internal sealed record DevnetNodeView(
    int Node, string Address, string Peer, ulong Height, int Rows, int Validation, int HeldOut, uint Correct,
    uint Total, double? Accuracy, ulong BytesIn, ulong BytesOut, string Parameters);

/// <summary>What cheating came to: how many updates of the attackers were taken, what they and all were
/// paid.</summary>
internal sealed record DevnetAttackView(string Name, int Attackers, int Taken, int Sent, ulong Paid, ulong PaidToAll)
{
    internal string Text() => $"{Name} by {Attackers} of the nodes: {Taken} of {Sent} of their updates were taken, "
        + $"they earned {Paid} of {PaidToAll} tokens";
}
