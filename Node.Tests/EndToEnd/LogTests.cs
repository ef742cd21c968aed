using System.Text.Json;
using Ledger.Node.Cli;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>The log of a real node: levels that change while it runs, and nothing secret in it.</summary>
[NonParallelizable]
public class LogTests
{
    [Test, CancelAfter(90_000)]
    public async Task At_its_most_talkative_a_node_gives_no_secret_away()
    {
        await using var network = await Network.Start(validators: 1, rounds: 1);
        var node = network.Nodes[0];
        Assert.That(await node.Stop(), Is.EqualTo(ExitCode.Done));
        var log = network.File("node.log");

        var config = network.File("node.json");
        File.WriteAllText(config, $$"""
            // Paths are seen from here.
            {
              "genesis": "genesis.json", "home": "{{Path.GetFileName(node.Home)}}", "listen": "{{node.Listen}}",
              "api": "127.0.0.1:0", "log-format": "json", "log-file": "node.log", "log-level": "error",
            }
            """);

        await using var process = LedgerProcess.Start("run", "--config", config, "--log-level", "info", "--json");
        await process.FirstLine();
        await network.Until(() => Task.FromResult(Events(log).Contains("Committed")), 30, "a block is logged");
        Assert.That(Events(log), Has.None.EqualTo("Voted"));
        Assert.That((await node.Json("log", "level", "debug")).GetProperty("level").GetString(), Is.EqualTo("debug"));
        await network.Until(() => Task.FromResult(Events(log).Contains("Voted")), 30, "a vote is logged");
        process.Signal(LedgerProcess.Terminate);
        Assert.That(await process.Exit(TimeSpan.FromSeconds(5)), Is.EqualTo(ExitCode.Done));

        var text = File.ReadAllText(log);
        Assert.That(text, Does.Not.Contain(KeyFile.Read(new HomeDirectory(node.Home).KeyFile).Secret!)
            .And.Not.Contain(File.ReadAllText(Path.Combine(node.Home, "api-token")).Trim()));
        Assert.That(process.Errors, Is.Empty);
    }

    private static List<string> Events(string log) => !File.Exists(log) ? [] :
    [
        .. ReadShared(log).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString()!),
    ];

    // Up to the last whole line: the node goes on writing.
    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var text = reader.ReadToEnd();
        return text[..(text.LastIndexOf('\n') + 1)];
    }
}
