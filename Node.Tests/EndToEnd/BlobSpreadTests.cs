using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>
/// A large blob among real processes: the model file of a task, which three nodes want and a fourth has. The file is
/// noise. Whoever has it whole reads it to find that out, as it would read a model to train it, so that each node is
/// measured until then.
/// </summary>
[NonParallelizable]
public class BlobSpreadTests
{
    private const int Megabyte = 1_000_000, GrowthMax = 64 * Megabyte;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(30), WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    [Test, CancelAfter(300_000)]
    public async Task A_blob_of_200_MB_spreads_in_bounded_memory_and_outlives_its_source_once_a_copy_is_out()
    {
        await using var network = await Network.Of(validators: 4);
        var (source, others) = (network.Nodes[0], network.Nodes.Skip(1).ToArray());
        var blob = new byte[200 * Megabyte];
        new Random(7).NextBytes(blob);
        await File.WriteAllBytesAsync(network.File("model.pt"), blob);
        NameModel(network.Genesis, blob);
        source.Options = ["--model", network.File("model.pt")];
        foreach (var other in others)
        {
            other.Options = ["--log-level", "debug"];
            await network.Start(other);
        }
        foreach (var (i, other) in others.Index())
            await other.Json("shard", "add", "digits", "--part", $"{i + 1}/3");

        var watches = others.Select(other => new Watch(other, Digest.OfBlob(blob))).ToList();
        var clock = Stopwatch.StartNew();
        await network.Start(source);
        // What a process takes to warm up is not what serving takes.
        await Task.Delay(WarmUp);
        var ownWatch = new Watch(source, Digest.OfBlob(blob));
        while (!watches.Exists(watch => watch.HasAll))
            await Look([.. watches, ownWatch], clock);
        await source.Kill();
        var killed = clock.Elapsed;
        while (!watches.TrueForAll(watch => watch.HasAll))
            await Look(watches, clock);

        TestContext.Out.WriteLine($"a copy out and the source killed after {killed.TotalSeconds:F1} s,"
            + $" all have it after {clock.Elapsed.TotalSeconds:F1} s; growth, resident (of it anonymous), source last: "
            + string.Join(", ", watches.Append(ownWatch).Select(watch => watch.Growth)));
        Assert.That(watches.Append(ownWatch).Max(watch => watch.Resident), Is.LessThan(GrowthMax));
    }

    private static async Task Look(List<Watch> watches, Stopwatch clock)
    {
        watches.ForEach(watch => watch.Look());
        Assert.That(clock.Elapsed, Is.LessThan(Patience), "the blob has not spread");
        await Task.Delay(Interval);
    }

    // The genesis of a built-in model becomes that of a user's: the file is what its nodes then look for.
    private static void NameModel(string genesis, byte[] file)
    {
        var root = JsonNode.Parse(File.ReadAllText(genesis))!;
        var task = root["tasks"]![0]!;
        var recipe = task["recipe"]!.AsObject();
        recipe["model"] = "file";
        recipe.Insert(1, "model-file", Convert.ToHexStringLower(SHA256.HashData(file)));
        task["model"] = Digest.OfBlob(file).ToString();
        File.WriteAllText(genesis, root.ToJsonString());
    }

    /// <summary>How much memory a node takes from now on until it has the blob.</summary>
    private sealed class Watch(NodeProcess node, Digest blob)
    {
        private readonly (long Resident, long Anonymous) before = ProcessTable.Memory(node.Process.Id);
        private readonly string fetched = $"fetched blob {blob.Short}";
        private (long Resident, long Anonymous) last;
        private long resident, anonymous;

        internal bool HasAll { get; private set; }

        internal long Resident => resident - before.Resident;

        internal string Growth => $"{Resident / 1e6:F1} ({(anonymous - before.Anonymous) / 1e6:F1}) MB";

        // What is seen counts once the next look finds that the node is still without the blob.
        internal void Look()
        {
            if (HasAll)
                return;
            var now = ProcessTable.Memory(node.Process.Id);
            HasAll = node.Logged.Any(line => line.Contains(fetched, StringComparison.Ordinal));
            if (HasAll)
                return;
            (resident, anonymous) = (Math.Max(resident, last.Resident), Math.Max(anonymous, last.Anonymous));
            last = now;
        }
    }
}
