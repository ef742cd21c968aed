using System.Net.Sockets;
using System.Security.Cryptography;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;
using Ledger.Node.Pool;
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
    private const ulong SnapshotEveryMs = 200, UpkeepEveryMs = 100;

    private readonly NodeOptions options;
    private readonly Address self;
    private readonly PeerId peerId;
    private readonly NodeLoop loop;
    private readonly Store store;
    private readonly VoteLog voteLog;
    private readonly ChainHead head;
    private readonly Mempool pool = new();
    private readonly EvidencePool offences = new();
    private readonly ShardStore shards;
    private readonly TrainingWorker worker;
    private readonly Agreement agreement;
    private readonly BlockWork blockWork;
    private readonly Aggregations aggregations;
    private readonly Submitter submitter;
    private readonly Contributor contributor;
    private readonly Attestor attestor;
    private readonly Consenter consenter;
    private readonly Accusations accusations;
    private readonly Exchange exchange;
    private readonly UdpPump pump;
    private NodeSnapshot snapshot;
    private ulong committedAtMs;

    private NodeHost(NodeOptions options)
    {
        this.options = options;
        self = new(options.Key.PublicKey);
        PrivateDirectory(options.Home);
        store = Store.Open(Path.Combine(options.Home, "chain"), FirstState.From(options.Genesis), out var tip);
        head = new(store, tip);
        voteLog = VoteLog.Open(Path.Combine(options.Home, "votes.log"), self, tip.Height + 1, out var logged);
        shards = ShardStore.Open(Path.Combine(options.Home, "shards"));
        loop = new(TimeProvider.System);
        Completion = UntilEnded(loop);
        worker = new(loop);
        agreement = new(self, TimeoutsOf(options.Genesis.Parameters));

        var transportKey = options.Key.Derive(NodeOptions.TransportPurpose);
        peerId = new(transportKey.PublicKey);
        var catalog = new TaskCatalog(store, Want);
        aggregations = new(loop, store, catalog, Want, options.Threads, () => blockWork!.Proceed());
        blockWork = new(loop, head, pool, offences, aggregations, self);
        submitter = new(head, pool, options.Key, self, t => exchange!.Spread(t));
        contributor = new(store, catalog, shards, worker, submitter, self, Want);
        attestor = new(loop, store, catalog, submitter, self, Want);
        accusations = new(head, store, offences, m => exchange!.Broadcast(m));
        consenter = new(
            loop, head, agreement, voteLog, options.Key, blockWork, m => exchange!.Broadcast(m),
            evidence => accusations.Accuse(evidence), OnCommitted);
        exchange = new(
            loop, head, agreement, consenter, accusations, pool, store, Peers(options, transportKey), PoolGrew,
            BlobArrived, Path.Combine(options.Home, "peers"));
        var endpoint = new Endpoint(new()
        {
            Key = transportKey,
            Network = tip.ChainId,
            Random = RandomNumberGenerator.Fill,
        });
        pump = new(endpoint, options.Listen, Deliver);
        snapshot = Look();
        exchange.Attach(pump);
        loop.Post(() => Begin(logged));
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

    /// <summary>The newest snapshot; safe from any thread.</summary>
    internal NodeSnapshot Snapshot => Volatile.Read(ref snapshot);

    /// <summary>Ends when the node stops by itself because of a fault, with that fault.</summary>
    internal Task Completion { get; }

    /// <summary>A block and the certificate that decided it; null above the tip.</summary>
    internal (Block Block, CommitCertificate Certificate)? Block(ulong height) => store.Block(height);

    /// <summary>A blob (model, parameters, update) held here; null where it is not.</summary>
    internal byte[]? Blob(Digest id) => store.Blob(id);

    /// <summary>Keeps a blob, such as a user's model, for others to fetch by its hash.</summary>
    internal void PutBlob(byte[] blob)
    {
        store.PutBlob(blob);
        loop.Post(BlobArrived);
    }

    /// <summary>
    /// Signs a payload with the node's key (fee 0: the least there is), spreads it
    /// and waits until it is in a block or refused.
    /// </summary>
    internal async Task<Submission> Submit(Payload payload, ulong fee, CancellationToken stop)
    {
        var ended = new TaskCompletionSource<Submission>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!loop.Post(() => submitter.Submit(payload, fee == 0 ? null : fee, ended.SetResult)))
            throw new OperatorException("the node is stopping", "start it again: ledger run");
        return await ended.Task.WaitAsync(stop);
    }

    /// <summary>
    /// Keeps a shard for a task, in place of an earlier one, and waits until it is announced on chain.
    /// </summary>
    internal async Task<Submission> AddShard(Digest task, string source, byte[] shard, CancellationToken stop)
    {
        var read = Learning.Data.Shard.Read(new MemoryStream(shard), source);
        var ended = new TaskCompletionSource<Submission>(TaskCreationOptions.RunContinuationsAsynchronously);
        var posted = loop.Post(() =>
        {
            shards.Put(task, source, shard, read);
            contributor.Announce(task, ended.SetResult);
            Publish();
        });
        if (!posted)
            throw new OperatorException("the node is stopping", "start it again: ledger run");
        return await ended.Task.WaitAsync(stop);
    }

    /// <summary>Forgets a shard; the node stops training for its task. False where there is none.</summary>
    internal Task<bool> RemoveShard(Digest task) => OnLoop(() => shards.Remove(task));

    public async ValueTask DisposeAsync()
    {
        loop.Stop();
        await loop.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        worker.Dispose();
        pump.Dispose();
        exchange.SavePeers();
        loop.Dispose();
        aggregations.Dispose();
        voteLog.Dispose();
        store.Dispose();
    }

    // A disk that is full or damaged is for a person to mend; any other fault is ours, and crashes.
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
    }

    private void Deliver(NetEvent happened) =>
        loop.Post(
            () => exchange.Handle(happened), happened is NetEvent.Received received ? received.Message.Length : 0);

    private void Begin(IReadOnlyList<Input> logged)
    {
        if (logged.Count > 0)
            Log.Resumed(logged.Count, head.State.Height + 1);
        accusations.Resume();
        consenter.Resume(logged);
        Work();
        exchange.Begin();
        loop.Every(UpkeepEveryMs, () => attestor.Proceed(head.State));
        loop.Every(SnapshotEveryMs, Publish);
    }

    private void OnCommitted(Block block)
    {
        committedAtMs = loop.WallClockMs;
        Log.Committed(block.Header.Height, head.Certificate!.Round, block.Transactions.Length, block.Closings.Length);
        accusations.Committed();
        submitter.Committed(block);
        foreach (var (dropped, why) in pool.Recheck(head.State, block.Transactions))
            if (why != Rejection.None)
                submitter.Dropped(dropped.Value, why);
        submitter.ForgetCrowdedOut();
        // The next height has to begin before anybody acts on this one.
        loop.After(0, () =>
        {
            exchange.Announce();
            Work();
            Publish();
        });
    }

    // Everything that depends on the tip and on the blobs at hand; each part finds out by itself what there is to do.
    private void Work()
    {
        aggregations.Proceed(head.State);
        attestor.Proceed(head.State);
        contributor.Proceed(head.State);
        blockWork.Proceed();
    }

    private void PoolGrew() => blockWork.Proceed();

    private void BlobArrived() => Work();

    private void Want(Digest blob) => exchange.Want(blob);

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
            Address = self,
            PeerId = peerId,
            Listen = pump.LocalAddress,
            State = head.State,
            Round = exchange.IsRunning ? agreement.State.Round : 0,
            Step = exchange.IsRunning ? agreement.State.Step : Step.Propose,
            CommittedAtMs = committedAtMs,
            BestPeerHeight = exchange.BestPeerHeight,
            Peers = [.. traffic.Peers.Select(p => exchange.Describe(p))],
            Shards = shards.Snapshot(),
            Training = worker.Activity,
            BytesOut = (ulong)traffic.BytesOut,
            BytesIn = (ulong)traffic.BytesIn,
            PoolTransactions = pool.Count,
        };
    }

    private static Timeouts TimeoutsOf(ChainParameters p)
    {
        var vote = new Consensus.Engine.Timeout((uint)p.VoteTimeout, (uint)p.VoteIncrement);
        // A proposer with nothing to say waits for something; the others have to wait with it.
        var propose = p.ProposeTimeout + p.EmptyBlockInterval;
        return new(new((uint)propose, (uint)p.ProposeIncrement), vote, vote);
    }

    private static PeerBook Peers(NodeOptions options, SecretKey transportKey)
    {
        var bootstrap = options.Peers.Select(p => new KnownPeer(p.Id, p.Address)).ToList();
        foreach (var text in options.Genesis.Peers)
            if (KnownPeer.TryParse(text, out var peer))
                bootstrap.Add(peer);
        return new(new(transportKey.PublicKey), (ulong)Random.Shared.NextInt64(), bootstrap.DistinctBy(p => p.Id));
    }

    private static void PrivateDirectory(string path)
    {
        if (!Directory.Exists(path))
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
