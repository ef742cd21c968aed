using Ledger.Node.Cli;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>Networks that must not mix, and homes, ports and stores that are not what the operator believes.</summary>
[NonParallelizable]
public class WrongHomeTests
{
    [Test, CancelAfter(90_000)]
    public async Task Two_networks_never_connect()
    {
        await using var one = await Network.Start(validators: 1, rounds: 1);
        await using var other = await Network.Start(validators: 1, rounds: 2);
        var (known, stranger) = (one.Nodes[0], await one.Join());

        await stranger.Start(other.Genesis, known.Peer);

        // Time for many handshakes: an honest newcomer is connected within one block.
        var height = (await known.Status()).Height;
        await one.Until(async () => (await known.Status()).Height > height + 8, 60, "blocks are made");
        foreach (var node in new[] { known, stranger })
            Assert.That((await node.Json("peers")).GetProperty("peers").GetArrayLength(), Is.Zero, node.Home);
        Assert.That((await stranger.Status()).Height, Is.Zero);

        var guest = await one.Join();
        await guest.Start(one.Genesis, known.Peer);
        await one.Until(async () => (await guest.Status()).Height > height, 30, "the right genesis is welcome there");
    }

    [Test, CancelAfter(90_000)]
    public async Task A_home_or_a_port_in_use_and_a_home_of_another_chain_are_refused_and_nothing_is_lost()
    {
        await using var one = await Network.Start(validators: 1, rounds: 1);
        await using var other = await Network.Start(validators: 1, rounds: 2);
        var node = one.Nodes[0];
        var port = node.Peer.Split('@')[1];

        (await Run(one.Genesis, node.Home, "127.0.0.1:0")).IsMistake(
            ExitCode.Failed, "is in use by another process", "is a node already running there?");
        (await Run(other.Genesis, (await one.Join()).Home, port)).IsMistake(
            ExitCode.Failed, $"cannot listen on {port}: address already in use", "--listen ADDRESS:PORT");

        var height = (await node.Status()).Height;
        await node.Stop();
        (await Run(other.Genesis, node.Home, "127.0.0.1:0")).IsMistake(ExitCode.Failed, "chain", "--home");
        await one.Start(node);
        Assert.That((await node.Status()).Height, Is.GreaterThanOrEqualTo(height));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_damaged_home_is_refused_and_the_one_as_it_was_opens_again()
    {
        await using var network = await Network.Start(validators: 1, rounds: 1);
        var node = network.Nodes[0];
        await node.Stop();
        // What the first life logged is in table files after the second.
        await network.Start(node);
        await network.Until(async () => (await node.Status()).Height >= 5, 30, "more blocks are made");
        await node.Stop();
        var (backup, outcomes) = (network.File("backup"), new List<Outcome>());

        foreach (var (pattern, damage) in Damages())
        {
            node.CopyHome(backup);
            var file = Directory.GetFiles(node.Home, pattern, SearchOption.AllDirectories).MaxBy(SizeOf)!;
            damage(file);
            var outcome = await Run(network.Genesis, node.Home, "127.0.0.1:0");
            TestContext.Out.WriteLine($"{Path.GetFileName(file)} {outcome.Code}: {string.Join(" | ", outcome.Errors)}");
            outcomes.Add(outcome);
            Directory.Delete(node.Home, recursive: true);
            Directory.Move(backup, node.Home);
        }
        await network.Start(node);
        Assert.That((await node.Status()).Height, Is.GreaterThanOrEqualTo(5));
        outcomes.ForEach(outcome => outcome.IsMistake(ExitCode.Failed, node.Home, ""));
    }

    private static long SizeOf(string file) => new FileInfo(file).Length;

    private static Task<Outcome> Run(string genesis, string home, string listen) =>
        LedgerProgram.Run("run", "--genesis", genesis, "--home", home, "--listen", listen, "--stop-with-input");

    private static (string Pattern, Action<string> Damage)[] Damages() =>
    [
        ("guard", File.Delete),
        ("guard", file => File.WriteAllBytes(file, File.ReadAllBytes(file)[..^100])),
        ("0*.log", file => Change(file, bytes => bytes[bytes.Length / 2] ^= 0x40)),
        ("*.sst", file => Change(file, bytes => bytes[^(bytes.Length / 2)] ^= 0x40)),
        ("*.sst", file => File.WriteAllBytes(file, File.ReadAllBytes(file)[..^100])),
        ("*.sst", File.Delete),
        ("MANIFEST-*", file => Change(file, bytes => bytes[bytes.Length / 2] ^= 0x40)),
        ("CURRENT", file => File.WriteAllText(file, "nonsense")),
        ("CURRENT", File.Delete),
        ("key.json", file => File.WriteAllText(file, "{}")),
    ];

    private static void Change(string file, Action<byte[]> change)
    {
        var bytes = File.ReadAllBytes(file);
        change(bytes);
        File.WriteAllBytes(file, bytes);
    }
}
