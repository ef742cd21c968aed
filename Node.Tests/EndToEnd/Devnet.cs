using System.Text.Json;
using Ledger.Node.Cli;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>Runs <c>ledger devnet --json</c> to its end and looks at its nodes while they live.</summary>
internal static class Devnet
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>The object on the last line; <paramref name="look"/> sees the nodes' ids again and again.</summary>
    internal static async Task<JsonElement> Run(string[] arguments, Action<int[]>? look = null)
    {
        await using var devnet = LedgerProcess.Start(["devnet", "--json", .. arguments]);
        while (!devnet.HasExited && look is not null)
        {
            look(ProcessTable.Children(devnet.Id));
            await Task.Delay(Interval);
        }
        var code = await devnet.Exit(Patience);
        TestContext.Out.WriteLine(string.Join('\n', [.. devnet.Errors, .. devnet.Output]));
        Assert.That(code, Is.EqualTo(ExitCode.Done));
        return JsonDocument.Parse(devnet.Output[^1]).RootElement;
    }

    /// <summary>All hold the same parameters, which know more than the guess that is right most often.</summary>
    internal static void Learned(JsonElement summary, double atLeast)
    {
        Assert.That(summary.GetProperty("agree").GetBoolean());
        Assert.That(summary.GetProperty("accuracyAfter").GetDouble(), Is.GreaterThan(atLeast));
        var parameters = summary.GetProperty("parameters").GetString();
        var held = summary.GetProperty("perNode").EnumerateArray()
            .Select(node => node.GetProperty("parameters").GetString());
        Assert.That(held, Is.All.EqualTo(parameters));
    }
}
