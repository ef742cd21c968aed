using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ledger.Node.Tests.Learning;
using Ledger.Node.Tests.Tidy;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>The dashboard as a person meets it: a real network, Debian's chromium, Playwright, and axe-core for those
/// who cannot see or use a mouse. What is clicked stands in page.mjs.</summary>
[NonParallelizable]
public sealed partial class PageTests
{
    /// <summary>Names the folder into which npm has installed playwright-core and axe-core.</summary>
    private const string Tools = "LEDGER_BROWSER";

    private const int PhoneWidth = 390;

    [Test, CancelAfter(240_000)]
    public async Task The_dashboard_answers_every_click_keeps_to_its_node_and_shuts_nobody_out()
    {
        if (Environment.GetEnvironmentVariable(Tools) is null || !File.Exists("/usr/bin/chromium"))
            Assert.Ignore("no browser: install Debian's chromium, 'npm install --prefix DIR playwright-core axe-core', "
                + $"set {Tools}=DIR");
        using var folder = new TemporaryFolder();
        await using var devnet = LedgerProcess.Start(["devnet", "--rounds", "3", "--explore"]);
        var clock = Stopwatch.StartNew();
        while (!devnet.Errors.Any(line => line.Contains("the network goes on", StringComparison.Ordinal)))
        {
            Assert.That(clock.Elapsed.TotalSeconds, Is.LessThan(120), "three rounds are done");
            await Task.Delay(100);
        }

        var seen = await Visit(Address().Match(string.Join('\n', devnet.Errors)).Value, folder.Path);

        Assert.Multiple(() =>
        {
            Assert.That(Texts("faults"), Is.Empty, "nothing on the console");
            Assert.That(Texts("strangers"), Is.Empty, "nothing is asked of anybody else");
            Assert.That(Texts("barriers"), Is.Empty, "axe-core in the light");
            Assert.That(Texts("barriersInTheDark"), Is.Empty, "axe-core in the dark");
            Assert.That(Text("health"), Is.EqualTo("the chain moves"));
            Assert.That(seen.GetProperty("darkens").GetBoolean());
            Assert.That((Text("chinese"), Text("english")), Is.EqualTo(("学习轮次", "Learning round")));
            Assert.That(Text("replayed"), Does.Contain("Accepted, paid"));
            Assert.That(Text("byTime"), Does.Contain("minutes since the start"));
            Assert.That(Text("byBytes"), Does.Contain("megabytes of updates"));
            Assert.That(Text("loss"), Does.Match(@"canonical [0-9]\.[0-9]{4}"));
            Assert.That(seen.GetProperty("judged").GetInt32(), Is.EqualTo(16), "four roots on four updates");
            Assert.That(seen.GetProperty("updates").GetInt32(), Is.EqualTo(4), "a dot for each update of round 1");
            Assert.That(Text("answer"), Does.Match("^[0-9], probability [01]\\.[0-9]{4}$"));
            Assert.That(Text("fault"), Does.Contain("no column 'p00'"));
            Assert.That(seen.GetProperty("phoneWidth").GetInt32(), Is.LessThanOrEqualTo(PhoneWidth));
            Assert.That(seen.GetProperty("chartWidth").GetInt32(), Is.LessThan(PhoneWidth), "letters keep their size");
        });

        string Text(string name) => seen.GetProperty(name).GetString()!;

        IEnumerable<string?> Texts(string name) => seen.GetProperty(name).EnumerateArray().Select(t => t.GetString());
    }

    private static async Task<JsonElement> Visit(string url, string folder)
    {
        using var node = Process.Start(new ProcessStartInfo(
            "node", [SourceTree.Absolute("Node.Tests/EndToEnd/page.mjs"), url, folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = node.StandardError.ReadToEndAsync();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.That(node.ExitCode, Is.Zero, await errors);
        TestContext.Out.WriteLine(output);
        return JsonDocument.Parse(output).RootElement;
    }

    [GeneratedRegex("http://[0-9.:]+/")]
    private static partial Regex Address();
}
