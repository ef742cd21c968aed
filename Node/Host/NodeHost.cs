using System.Net.Sockets;
using System.Security.Cryptography;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;
using Ledger.Node.Storage;
using Ledger.Node.Training;
using Ledger.Node.Transport;

namespace Ledger.Node.Host;

/// <summary>How a submitted transaction ended: in a block, or refused with the rule it broke.</summary>
internal sealed record Submission(Digest Transaction, ulong? Height, string? Refused);

/// <summary>
/// A running node: the composition root, and the door through which the API and the command line reach it. Everything
/// below lives on the node's loop, but for the socket, the training worker and the aggregation.
/// </summary>
internal sealed class NodeHost : IAsyncDisposable
{
    private const ulong SnapshotEveryMs = 200, UpkeepEveryMs = 100, SavePeersEveryMs = 30_000,
        MeasureEveryMs = 2_000;

    private readonly NodeOptions options;
    private readonly PeerId peerId;
    private readonly string peersFile;
    private readonly NodeLoop loop;
    private readonly Store store;
    private readonly Pruning? pruning;
    private readonly ShardStore shards;
    private readonly TrainingWorker worker;
    private readonly Aggregations aggregations;
    private readonly Contributor contributor;
    private readonly Attestor attestor;
    private readonly UdpPump pump;
    private readonly Replica replica;
    private readonly ulong startedAtMs;
    private NodeSnapshot snapshot;
    private long storeBytes;

    private NodeHost(NodeOptions options)
    {
        this.options = options;
        PrivateDirectory(options.Home);
        peersFile = Path.Combine(options.Home, "peers");
        var genesis = FirstState.From(options.Genesis);
        store = Store.Open(StoreIn(options.Home), genesis, out var tip);
        pruning = options.KeepBlocks is { } keep ? new(store, genesis, keep) : null;
        shards = ShardStore.Open(Path.Combine(options.Home, "shards"), options.Key);
        loop = new(TimeProvider.System);
        startedAtMs = SteadyClock.OfProcess.NowMs;
        Completion = UntilEnded(loop);
        worker = new(loop, options.Attack);

        var transportKey = options.Key.Derive(NodeOptions.TransportPurpose);
        peerId = new(transportKey.PublicKey);
        var endpoint = new Endpoint(new()
        {
            Key = transportKey,
            Network = tip.ChainId,
            Random = RandomNumberGenerator.Fill,
        });
        // Whatever arrives waits for the loop, which starts when all is put together.
        pump = new(endpoint, options.Listen, Deliver);
        var catalog = new TaskCatalog(store, Want);
        Address self = new(options.Key.PublicKey);
        aggregations = new(loop, store, catalog, self, Want, options.Threads, () => replica!.Proceed());
        replica = Assemble(tip);
        contributor = new(
            store, catalog, shards, worker, replica.Submitter, self, Want, options.Attack);
        attestor = new(loop, store, catalog, replica.Submitter, self, Want);
        snapshot = Look();
        loop.Post(Begin);
    }

    // The socket is open already, and a person may start this home again in the same process.
    private Replica Assemble(ChainState tip)
    {
        try
        {
            return new(
                new()
                {
                    Genesis = options.Genesis,
                    Key = options.Key,
                    PeerId = peerId,
                    Peers = options.Peers.Select(p => new KnownPeer(p.Id, p.Address)),
                    NewGuard = options.NewGuard,
                    Seed = (ulong)Random.Shared.NextInt64(),
                },
                new(loop, pump, new HomeDisk(options.Home), store), tip, aggregations, Work);
        }
        catch (StoreException)
        {
            pump.Dispose();
            store.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens the home, joins the network and starts to work;
    /// throws <see cref="OperatorException"/> on a person's mistake.
    /// </summary>
    internal static NodeHost Start(NodeOptions options)
    {
        try
        {
            var host = new NodeHost(options);
            host.worker.Start();
            host.loop.Start();
            return host;
        }
        catch (StoreException e)
        {
            throw new OperatorException(e.Message, e.Hint);
        }
        catch (SocketException e)
        {
            throw new OperatorException($"cannot listen on {options.Listen}: {e.Message.ToLowerInvariant()}",
                "choose another with --listen ADDRESS:PORT");
        }
    }

    /// <summary>Where a home has the store of its chain.</summary>
    internal static string StoreIn(string home) => Path.Combine(home, "chain");

    /// <summary>The newest snapshot; safe from any thread.</summary>
    internal NodeSnapshot Snapshot => Volatile.Read(ref snapshot);

    /// <summary>Ends when the node stops by itself because of a fault, with that fault.</summary>
    internal Task Completion { get; }

    /// <summary>A block and the certificate that decided it; null above the tip.</summary>
    internal (Block Block, CommitCertificate Certificate)? Block(ulong height) => store.Block(height);

    /// <summary>What came of a task's rounds from a number on.</summary>
    internal IEnumerable<RoundResult> Results(LearningTask task, uint from) => store.Results(task, from);

    /// <summary>A proof as of the last block, from the genesis or from the header of a height.</summary>
    internal ProofFile Prove(ProofSubject subject, ulong? since) =>
        ChainProofs.Make(store, Snapshot.State, options.Genesis, subject, since);

    /// <summary>A blob (model, parameters, update) held here; null where it is not.</summary>
    internal byte[]? Blob(Digest id) => store.Blob(id);

    /// <summary>Keeps a blob, such as a user's model, for others to fetch by its hash.</summary>
    internal void PutBlob(byte[] blob)
    {
        store.PutBlob(blob);
        loop.Post(replica.Proceed);
    }

    /// <summary>
    /// Signs a payload with the node's key (fee 0: the least there is), spreads it
    /// and waits until it is in a block or refused.
    /// </summary>
    internal async Task<Submission> Submit(Payload payload, ulong fee, CancellationToken stop)
    {
        var ended = new TaskCompletionSource<Submission>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!loop.Post(() => replica.Submitter.Submit(payload, fee == 0 ? null : fee, ended.SetResult)))
            throw new OperatorException("the node is stopping", "start it again: ledger run");
        return await ended.Task.WaitAsync(stop);
    }

    /// <summary>Puts a task on the chain, and keeps its model file for others to fetch; empty where it has
    /// none.</summary>
    internal Task<Submission> CreateTask(TaskSpec spec, byte[] model, CancellationToken stop)
    {
        if (model.Length > 0)
            PutBlob(model);
        return Submit(new Payload.CreateTask(spec), fee: 0, stop);
    }

    /// <summary>Takes transactions signed elsewhere; says of each why the pool refuses it, if it does.</summary>
    internal Task<IReadOnlyList<Rejection>> Submit(IReadOnlyList<Verified<SignedTransaction>> transactions) =>
        OnLoop(() => replica.Submit(transactions));

    /// <summary>
    /// Keeps a shard for a task, in place of an earlier one, and waits until it is announced on chain. What the rules
    /// refuse is not kept, and the earlier one stays.
    /// </summary>
    internal async Task<Submission> AddShard(Digest task, ShardOrigin origin, byte[] shard, CancellationToken stop)
    {
        var read = Learning.Data.Shard.Read(new MemoryStream(shard), origin.Source);
        var ended = new TaskCompletionSource<Submission>(TaskCreationOptions.RunContinuationsAsynchronously);
        var posted = loop.Post(() =>
        {
            var refused = contributor.RefusalOf(shards.Of(task, origin, read));
            if (refused == Rejection.None)
                contributor.Announce(shards.Put(task, origin, shard, read), ended.SetResult);
            else
                ended.SetResult(new(default, null, refused.ToString()));
            Publish();
        });
        if (!posted)
            throw new OperatorException("the node is stopping", "start it again: ledger run");
        return await ended.Task.WaitAsync(stop);
    }

    /// <summary>Forgets a shard and withdraws it on chain, now or as soon as it can; the node stops training for its
    /// task. False where there is none.</summary>
    internal Task<bool> RemoveShard(Digest task) => OnLoop(() =>
    {
        var removed = shards.Remove(task);
        contributor.Proceed(replica.Head.State);
        return removed;
    });

    public async ValueTask DisposeAsync()
    {
        loop.Stop();
        await loop.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        worker.Dispose();
        pump.Dispose();
        SavePeers();
        loop.Dispose();
        aggregations.Dispose();
        replica.Dispose();
        pruning?.Dispose();
        store.Dispose();
    }

    // A disk that is full or damaged and a chain that has split are for people to mend; any other fault is ours, and
    // crashes.
    private static async Task UntilEnded(NodeLoop loop)
    {
        try
        {
            await loop.Completion;
        }
        catch (StoreException e)
        {
            throw new OperatorException(e.Message, e.Hint);
        }
        catch (ForkException e)
        {
            throw new OperatorException(e.Message, e.Hint);
        }
    }

    private void Deliver(NetEvent happened)
    {
        var arrivedMs = loop.NowMs;
        if (happened is NetEvent.Received received)
            loop.Post(() => Handle(received, arrivedMs), received.Message.Length);
        else
            loop.Post(() => replica.Handle(happened, arrivedMs), bytes: 0);
    }

    private void Handle(NetEvent.Received received, ulong arrivedMs)
    {
        replica.Handle(received, arrivedMs);
        pump.Consume(received);
    }

    private void Begin()
    {
        if (File.Exists(peersFile))
            replica.Book.Import(File.ReadAllLines(peersFile), loop.WallClockMs);
        replica.Begin();
        loop.Every(UpkeepEveryMs, () => attestor.Proceed(replica.Head.State));
        loop.Every(SnapshotEveryMs, Publish);
        loop.Every(MeasureEveryMs, () => storeBytes = store.MemoryBytes);
        loop.After(SavePeersEveryMs, () => loop.Every(SavePeersEveryMs, SavePeers));
    }

    // Everything that depends on the tip and on the blobs at hand; each part finds out by itself what there is to do.
    // Rounds that the others have ended long ago need nothing of us.
    private void Work()
    {
        var state = replica.Head.State;
        if (!replica.IsCatchingUp)
        {
            aggregations.Proceed(state);
            attestor.Proceed(state);
            contributor.Proceed(state);
        }
        pruning?.Proceed(state);
        Publish();
    }

    private void SavePeers() => File.WriteAllLines(peersFile, replica.Book.Export());

    private void Want(Digest blob) => replica.Want(blob);

    private Task<T> OnLoop<T>(Func<T> action)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!loop.Post(() => result.SetResult(action())))
            result.SetCanceled();
        return result.Task;
    }

    private void Publish() => Volatile.Write(ref snapshot, Look());

    private NodeSnapshot Look()
    {
        var traffic = pump.Statistics;
        return new()
        {
            Genesis = options.Genesis,
            Address = replica.Self,
            PeerId = peerId,
            Listen = pump.LocalAddress,
            State = replica.Head.State,
            Round = replica.Agreement?.State.Round ?? 0,
            Step = replica.Agreement?.State.Step ?? Step.Propose,
            Silent = replica.Silent,
            StartedAtMs = startedAtMs,
            CommittedAtMs = replica.CommittedAt is { } at ? SteadyClock.OfProcess.NowMs - (loop.NowMs - at) : 0,
            BestPeerHeight = replica.BestPeerHeight,
            Peers = [.. traffic.Peers.Select(Describe)],
            Downloads = [.. replica.Downloads],
            Shards = shards.Snapshot(),
            Training = worker.Activity,
            BytesOut = (ulong)traffic.BytesOut,
            BytesIn = (ulong)traffic.BytesIn,
            PoolTransactions = replica.Pool.Count,
            Syncs = DiskSyncs.Total,
            StoreBytes = storeBytes,
        };
    }

    private PeerSnapshot Describe(PeerStatistics p) => new(
        p.Peer, p.Address, p.Inbound, replica.HeightOf(p.Peer), (ulong)p.SmoothedRttUs / 1000,
        (ulong)(UdpPump.NowUs - p.ConnectedSinceUs) / 1000, (ulong)p.BytesIn, (ulong)p.BytesOut, (ulong)p.PacketsLost);

    private static void PrivateDirectory(string path)
    {
        if (!Directory.Exists(path))
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
