using System.Text.Json;
using Ledger.Consensus.Crypto;
using Ledger.Node.Cli;
using Ledger.Node.Http;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>A home with a key of its own and the <c>ledger run</c> that lives in it, perhaps several in turn.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    private readonly NodeClient client;
    private readonly List<string> before = [];
    private LedgerProcess? process;

    private NodeProcess(string home, string address) => (Home, Address, client) = (home, address, new(home));

    internal string Home { get; }

    internal string Address { get; }

    /// <summary>Where it takes datagrams; the port that it was given stays its own.</summary>
    internal string Listen { get; set; } = "127.0.0.1:0";

    /// <summary>What starts it, where it is to live elsewhere than in the network of this machine.</summary>
    internal string[] Launcher { get; set; } = [];

    /// <summary>Further options that it is started with.</summary>
    internal string[] Options { get; set; } = [];

    /// <summary>Its id and where it listens, as <c>--peer</c> takes it; known once it has run.</summary>
    internal string Peer { get; private set; } = "";

    internal KnownPeer Known => KnownPeer.TryParse(Peer, out var known)
        ? known
        : throw new InvalidOperationException("the node has not run yet");

    internal LedgerProcess Process => process ?? throw new InvalidOperationException("the node does not run");

    /// <summary>All that it has logged, in all its lives.</summary>
    internal IEnumerable<string> Logged => [.. before, .. process?.Errors ?? []];

    internal static async Task<NodeProcess> New(string home)
    {
        var key = (await LedgerProgram.Run("keys", "new", "--home", home, "--no-passphrase", "--json")).Json();
        return new(home, key.GetProperty("address").GetString()!);
    }

    /// <summary>Starts it, on the port that it had before; returns when it answers.</summary>
    internal async Task Start(string genesis, params string[] peers)
    {
        process = LedgerProcess.Start(Launcher,
        [
            "run", "--genesis", genesis, "--home", Home, "--listen", Listen, "--json", "--stop-with-input",
            .. Options, .. peers.SelectMany(peer => (string[])["--peer", peer]),
        ]);
        var started = JsonDocument.Parse(await process.FirstLine()).RootElement;
        Assert.That(started.GetProperty("address").GetString(), Is.EqualTo(Address));
        Peer = started.GetProperty("peer").GetString()!;
        Listen = Peer.Split('@')[1];
    }

    internal async Task Kill()
    {
        await Process.Kill();
        await Forget();
    }

    /// <summary>Asks it to stop; the exit code.</summary>
    internal async Task<int> Stop(int signal = LedgerProcess.Terminate)
    {
        Process.Signal(signal);
        var code = await Process.Exit(StopPatience);
        await Forget();
        return code;
    }

    /// <summary>Runs a command against it.</summary>
    internal Task<Outcome> Command(params string[] arguments) => LedgerProgram.Run([.. arguments, "--home", Home]);

    internal async Task<JsonElement> Json(params string[] arguments) =>
        (await Command([.. arguments, "--json"])).Json();

    internal Task<StatusView> Status() => client.Get<StatusView>("status", CancellationToken.None);

    internal Task<PeerView[]> Peers() => client.Get<PeerView[]>("peers", CancellationToken.None);

    internal Task<AccountView> Account(NodeProcess of) =>
        client.Get<AccountView>($"accounts/{of.Address}", CancellationToken.None);

    /// <summary>The only task of the chain, as this node sees it.</summary>
    internal async Task<TaskView> Task()
    {
        var tasks = await client.Get<TaskSummary[]>("tasks", CancellationToken.None);
        return await client.Get<TaskView>($"tasks/{tasks[0].Id}", CancellationToken.None);
    }

    /// <summary>The bytes that this node holds by a digest.</summary>
    internal Task<byte[]> Blob(string digest) => client.Blob(digest, CancellationToken.None);

    /// <summary>The secret key that lies open in its home.</summary>
    internal SecretKey Key() =>
        SecretKey.From(Convert.FromHexString(KeyFile.Read(new HomeDirectory(Home).KeyFile).Secret!))!;

    /// <summary>Copies its home as it is on the disk.</summary>
    internal void CopyHome(string to)
    {
        foreach (var folder in Directory.GetDirectories(Home, "*", SearchOption.AllDirectories).Append(Home))
            Directory.CreateDirectory(folder.Replace(Home, to, StringComparison.Ordinal));
        foreach (var file in Directory.GetFiles(Home, "*", SearchOption.AllDirectories))
            if (!file.EndsWith(".sock", StringComparison.Ordinal))
                File.Copy(file, file.Replace(Home, to, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        if (process is not null)
            await process.DisposeAsync();
    }

    private async Task Forget()
    {
        before.AddRange(Process.Errors);
        await Process.DisposeAsync();
        process = null;
    }
}
