using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ledger.Node.Http;
using Ledger.Node.Tests.Tidy;

namespace Ledger.Node.Tests.Http;

/// <summary>The dashboard for Grafana asks for metrics that there are, and shows all that there are.</summary>
public sealed partial class GrafanaTests
{
    private static readonly JsonNode Dashboard =
        JsonNode.Parse(File.ReadAllText(SourceTree.Absolute("Node/Dashboard/grafana.json")))!;

    [Test]
    public void Every_metric_that_a_panel_queries_is_exported_and_every_exported_one_is_shown()
    {
        var node = new FakeNode();
        node.FinishRound();
        var exported = Exported().Matches(Metrics.Of(node.Snapshot, FakeNode.Now))
            .Select(match => match.Groups[1].Value);
        var queried = Queries().SelectMany(query => Metric().Matches(query)).Select(match => match.Value).Distinct();
        Assert.That(queried, Is.EquivalentTo(exported));
    }

    [Test]
    public void Panels_have_numbers_of_their_own_and_do_not_overlap()
    {
        var panels = Dashboard["panels"]!.AsArray();
        var cells = panels.SelectMany(panel => Cells(panel!["gridPos"]!)).ToList();
        Assert.That(panels.Select(panel => (int)panel!["id"]!), Is.Unique);
        Assert.That(cells, Is.Unique);
        Assert.That(cells.Max(cell => cell.X), Is.LessThan(24));
    }

    [Test]
    public void A_metric_that_does_not_exist_would_be_found() =>
        Assert.That(Metric().Match("rate(ledger_misspelt_total[1m])").Value, Is.EqualTo("ledger_misspelt_total"));

    private static IEnumerable<string> Queries() =>
        from panel in Dashboard["panels"]!.AsArray()
        from target in panel["targets"]!.AsArray()
        select (string)target["expr"]!;

    private static IEnumerable<(int X, int Y)> Cells(JsonNode place) =>
        from x in Enumerable.Range((int)place["x"]!, (int)place["w"]!)
        from y in Enumerable.Range((int)place["y"]!, (int)place["h"]!)
        select (x, y);

    [GeneratedRegex("^# TYPE (ledger_[a-z_]+) ", RegexOptions.Multiline)]
    private static partial Regex Exported();

    [GeneratedRegex(@"\bledger_[a-z_]+\b")]
    private static partial Regex Metric();
}
