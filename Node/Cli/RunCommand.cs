using System.CommandLine;
using System.Net;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Node.Cli.Devnet;
using Ledger.Node.Host;
using Ledger.Node.Http;
using Ledger.Node.Storage;

namespace Ledger.Node.Cli;

/// <summary><c>ledger run</c>: one peer of a network, until it is told to stop.</summary>
internal static class RunCommand
{
    // What has been decided is on disk; a peer that does not stop in this time loses nothing by being left.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    internal static readonly Option<string> GenesisPath = new("--genesis")
    {
        Description = "the network's genesis file",
        HelpName = "FILE",
        Required = true,
    };

    private static readonly Option<string?> Listen = new("--listen")
    {
        Description = "where to take datagrams; 127.0.0.1:9470 where there is none",
        HelpName = "ADDR:PORT",
    };

    private static readonly Option<string[]> Peers = new("--peer")
    {
        Description = "a peer to start from, besides those in the genesis file; may be repeated",
        HelpName = "ID@ADDR:PORT",
    };

    private static readonly Option<string?> WebAddress = new("--api")
    {
        Description = "serve the dashboard, the API and /metrics over HTTP, e.g. on 127.0.0.1:9480",
        HelpName = "ADDR:PORT",
    };

    private static readonly Option<int> Threads = new("--threads")
    {
        Description = "threads that aggregation may use; any number gives the same parameters",
        HelpName = "N",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private static readonly Option<string[]> Models = new("--model")
    {
        Description = "a TorchScript file that a task names by its hash; may be repeated",
        HelpName = "FILE.pt",
    };

    private static readonly Option<string?> Cheating = new(CheatingName)
    {
        Description = "cheat in rounds of learning, to try a network's defence",
        HelpName = "NAME",
        Hidden = true,
    };

    internal const string CheatingName = "--attack";

    private static readonly Option<ulong?> KeepBlocks = new("--keep-blocks")
    {
        Description = "keep only the newest blocks, with their updates and parameters, and give the disk's space back",
        HelpName = "N",
    };

    private static readonly Option<bool> NewGuard = new("--new-guard")
    {
        Description = "begin a sign guard: only for a key that has never signed on this network",
    };

    private static readonly Option<bool> StopWithInput = new(StopWithInputName)
    {
        Description = "stop when standard input ends: who started us is gone",
        Hidden = true,
    };

    internal const string StopWithInputName = "--stop-with-input";

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("run", "run one peer of a network",
            "ledger run --genesis genesis.json --home /srv/ledger --listen 0.0.0.0:9470",
            "ledger run --genesis genesis.json --home node0 --dev 0", "ledger run --config /etc/ledger/ledger.json",
            "ledger run --genesis genesis.json --home node4 --listen 127.0.0.1:9474 --peer node1…@127.0.0.1:9470")
        {
            GenesisPath, RunConfig.Path, SharedOptions.Home, Listen, Peers, WebAddress, SharedOptions.Dev,
            Passphrase.FromFile, Threads, Models, LogArguments.Level, LogArguments.Format, LogArguments.ToFile,
            KeepBlocks, NewGuard, Cheating, StopWithInput, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        var logging = LogArguments.In(parsed);
        var home = HomeDirectory.Of(parsed);
        ApiSocket.PathIn(home.Path);
        var genesis = GenesisText.Load(parsed.GetRequiredValue(GenesisPath));
        using var key = NodeKey.Open(terminal, parsed);
        var options = Options(parsed, home, genesis, key);
        var models = ReadModels(parsed);
        home.Create();
        home.BindTo(genesis.Digest(), new Address(key.PublicKey));
        Log.Begin(logging);
        var host = NodeHost.Start(options);
        try
        {
            models.ForEach(model => host.PutBlob(model));
            await using var api = await ApiServer.Start(home.Path, app => Api.Map(app, ApiSource.Of(host)));
            await using var web = await Web(parsed, home, host);
            Announce(terminal, parsed, host.Snapshot, home, web?.Url);
            await UntilStopped(terminal, parsed, host, stop);
        }
        finally
        {
            await Close(terminal, host);
        }
        return ExitCode.Done;
    }

    private static async Task<WebServer?> Web(ParseResult parsed, HomeDirectory home, NodeHost host)
    {
        if (parsed.GetValue(WebAddress) is not { } address)
            return null;
        var token = BearerToken.In(home.Path);
        return await WebServer.Start(
            Arguments.EndPoint(WebAddress.Name, address), app => Api.MapWeb(app, ApiSource.Of(host), token));
    }

    private static NodeOptions Options(ParseResult parsed, HomeDirectory home, Genesis genesis, SecretKey key)
    {
        var threads = parsed.GetValue(Threads);
        if (threads < 1)
            throw new OperatorException($"--threads is {threads}", "give at least 1", misuse: true);
        return new()
        {
            Home = home.Path,
            Genesis = genesis,
            Key = key,
            Listen = parsed.GetValue(Listen) is { } text
                ? Arguments.EndPoint(Listen.Name, text)
                : DevNetwork.Listen(parsed.GetValue(SharedOptions.Dev)),
            Peers = PeersOf(parsed, KeyFile.PeerOf(key)),
            Threads = threads,
            KeepBlocks = KeptBlocks(parsed, genesis),
            Attack = parsed.GetValue(Cheating) is { } name ? DevnetAttack.Named(name) : null,
            // A key that everybody knows can be guarded by nobody.
            NewGuard = parsed.GetValue(NewGuard) || parsed.GetValue(SharedOptions.Dev) is not null,
        };
    }

    private static ulong? KeptBlocks(ParseResult parsed, Genesis genesis)
    {
        var least = Pruning.LeastOf(genesis.Parameters);
        return parsed.GetValue(KeepBlocks) is not { } keep || keep >= least
            ? parsed.GetValue(KeepBlocks)
            : throw new OperatorException($"--keep-blocks is {keep}",
                $"give {least} or more: newcomers to this network begin with snapshots and need the blocks after them",
                misuse: true);
    }

    // Those in the genesis file are advice, which the host follows where it can; these a person insists on.
    private static (PeerId, IPEndPoint)[] PeersOf(ParseResult parsed, PeerId own) =>
        [.. (parsed.GetValue(Peers) ?? []).Select(Arguments.Peer).Where(peer => peer.Id != own)];

    private static List<byte[]> ReadModels(ParseResult parsed) => [.. (parsed.GetValue(Models) ?? []).Select(path =>
        File.Exists(path)
            ? File.ReadAllBytes(path)
            : throw new OperatorException($"no file '{path}'", "--model takes a TorchScript file"))];

    private static void Announce(
        Terminal terminal, ParseResult parsed, NodeSnapshot node, HomeDirectory home, string? url)
    {
        var started = new StartedView(node.Address.ToString(), $"{node.PeerId}@{node.Listen}",
            node.State.ChainId.ToString(), home.Path, url);
        (string, string)[] pairs =
        [
            ("address", started.Address), ("peer", started.Peer), ("chain", started.Chain), ("home", started.Home),
        ];
        terminal.Result(parsed.IsJson(), started,
            TextTable.Pairs(url is null ? pairs : [.. pairs, ("dashboard", url)]));
        terminal.Output.Flush();
    }

    private static async Task UntilStopped(Terminal terminal, ParseResult parsed, NodeHost host, CancellationToken stop)
    {
        var told = Task.Delay(Timeout.Infinite, stop);
        // The console's reader knows no asynchronous reading, so it waits on a thread of its own.
        var alone = parsed.GetValue(StopWithInput) ? Task.Run(terminal.Input.ReadToEnd, stop) : told;
        if (await Task.WhenAny(host.Completion, told, alone) == host.Completion)
            await host.Completion;
    }

    private static async Task Close(Terminal terminal, NodeHost host)
    {
        try
        {
            await host.DisposeAsync().AsTask().WaitAsync(StopTimeout);
        }
        catch (TimeoutException)
        {
            terminal.Error.WriteLine(
                $"warning: not everything stopped within {StopTimeout.TotalSeconds:0} s; nothing is lost");
        }
    }

    /// <summary>Who has started, and where.</summary>
    private sealed record StartedView(string Address, string Peer, string Chain, string Home, string? Dashboard);
}
