using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;
using Ledger.Node.Pool;
using Ledger.Node.Storage;
using Ledger.Node.Sync;
using Ledger.Node.Training;
using Ledger.Node.Transport;

namespace Ledger.Node.Host;

/// <summary>Who a replica is and whom it looks for first.</summary>
internal sealed record ReplicaOptions
{
    public required Genesis Genesis { get; init; }

    /// <summary>The account and validator key.</summary>
    public required SecretKey Key { get; init; }

    /// <summary>By what name other peers reach this one.</summary>
    public required PeerId PeerId { get; init; }

    public required IEnumerable<KnownPeer> Peers { get; init; }

    /// <summary>Whether the key has signed nothing yet, so that its guard may be begun.</summary>
    public required bool NewGuard { get; init; }

    /// <summary>Where its dice start: whom to dial, whom to ask.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The newest version of the protocol that it knows.</summary>
    public uint Speaks { get; init; } = Header.NewestVersion;

    /// <summary>The conditions of the agreement; others than these are for planting bugs.</summary>
    public Guards Guards { get; init; } = new();
}

/// <summary>What a replica lives on: time, peers, files and the store that it has alone.</summary>
internal sealed record Machine(IClock Clock, ILinks Links, IDisk Disk, Store Store);

/// <summary>
/// All of a node but its socket, threads, training and API: it decides on time, links and disks that are given to it,
/// so that what is simulated is what runs. One thread at a time may use it.
/// </summary>
internal sealed class Replica : IDisposable
{
    private readonly IClock clock;
    private readonly IDisk disk;
    private readonly Action work;
    private readonly SignGuard guard;
    private readonly VoteLog voteLog;
    private readonly IReadOnlyList<Input> logged;
    private readonly Agreement agreement;
    private readonly BlockWork blockWork;
    private readonly Accusations accusations;
    private readonly Consenter consenter;
    private readonly BlobTraffic blobs;
    private readonly Exchange exchange;

    /// <param name="options">Who it is.</param>
    /// <param name="machine">What it lives on; the store is of this chain.</param>
    /// <param name="tip">The state that the store ends with.</param>
    /// <param name="aggregates">What its blocks may close rounds with.</param>
    /// <param name="work">Runs whenever the tip or the blobs at hand have changed.</param>
    /// <exception cref="StoreException">The sign guard is missing, damaged, or of another key or chain.</exception>
    internal Replica(
        ReplicaOptions options, Machine machine, ChainState tip, IAggregates aggregates, Action work)
    {
        (clock, disk, this.work) = (machine.Clock, machine.Disk, work);
        Self = new(options.Key.PublicKey);
        Head = new(machine.Store, tip, options.Speaks);
        guard = OpenGuard(options, disk, tip.ChainId);
        Book = Peers(options);
        voteLog = VoteLog.Open(disk, Self, tip.Height + 1, guard, out logged);
        agreement = new(
            Self, Timing.TimeoutsOf(tip.Parameters), Timing.SynchronyOf(tip.Parameters), options.Guards);
        blockWork = new(clock, Head, Pool, Offences, aggregates, Self);
        Submitter = new(Head, Pool, options.Key, Self, t => exchange!.Spread(t));
        accusations = new(Head, machine.Store, Offences, m => exchange!.Broadcast(m));
        consenter = new(
            clock, Head, agreement, voteLog, guard, options.Key, blockWork, m => exchange!.Broadcast(m),
            evidence => accusations.Accuse(evidence), OnCommitted);
        blobs = new(
            clock, machine.Store, disk, options.Seed, (peer, message) => exchange!.Send(peer, message),
            (peer, misdeed) => exchange!.Penalise(peer, misdeed), Proceed);
        exchange = new(
            clock, machine.Links, Head, agreement, consenter, accusations, Pool, machine.Store, Book, blobs,
            options.Seed, blockWork.Proceed, Proceed);
    }

    internal Address Self { get; }

    internal ChainHead Head { get; }

    internal Mempool Pool { get; } = new();

    /// <summary>Evidence that waits for a block.</summary>
    internal EvidencePool Offences { get; } = new();

    internal Submitter Submitter { get; }

    internal PeerBook Book { get; }

    /// <summary>The agreement on the height after the tip; null until it has begun.</summary>
    internal Agreement? Agreement => exchange.IsRunning ? agreement : null;

    /// <summary>Validators who have not been heard in the present round.</summary>
    internal ImmutableArray<Address> Silent => Agreement is { } running
        ? [.. Head.State.Validators.Validators.Select(v => v.Address)
            .Where(v => !running.Votes.Has(v, running.State.Round))]
        : [];

    /// <summary>Whether it votes on this height, or only follows: what it signed before may bind it.</summary>
    internal bool IsVoting => consenter.IsVoting;

    /// <summary>When this process saw its last commit, by the clock that never jumps; null before the first.</summary>
    internal ulong? CommittedAt { get; private set; }

    /// <summary>The highest tip that a peer claims and has not failed to deliver.</summary>
    internal ulong BestPeerHeight => exchange.BestPeerHeight;

    /// <summary>Takes up the height after the tip where the log left off, and begins to dial and to talk.</summary>
    /// <exception cref="StoreException">Blocks that only this validator had are gone.</exception>
    internal void Begin()
    {
        NoticeLostBlocks(Head.State);
        if (guard.IsSealed)
            Log.Sealed();
        if (logged.Count > 0)
            Log.Resumed(logged.Count, Head.State.Height + 1);
        accusations.Resume();
        consenter.Resume(logged);
        Proceed();
        exchange.Begin();
    }

    /// <summary>Something has happened at <paramref name="arrivedMs"/> by the clock.</summary>
    internal void Handle(NetEvent happened, ulong arrivedMs) => exchange.Handle(happened, arrivedMs);

    /// <summary>Takes transactions that others have signed; says of each why the pool refuses it, if it does.</summary>
    internal IReadOnlyList<Rejection> Submit(IReadOnlyList<Verified<SignedTransaction>> transactions) =>
        exchange.Submit(transactions);

    /// <summary>Starts to fetch a blob, or goes on.</summary>
    internal void Want(Digest blob) => blobs.Want(blob);

    /// <summary>The blobs that are being fetched, the most urgent first.</summary>
    internal IEnumerable<BlobProgress> Downloads => blobs.Progress;

    /// <summary>Looks again at all that depends on the tip, on blobs or on aggregates.</summary>
    internal void Proceed() => blobs.Renew(() =>
    {
        work();
        blockWork.Proceed();
    });

    /// <summary>Whether blocks keep coming that the others have long had: the state is not the one to act on.</summary>
    internal bool IsCatchingUp => exchange.IsCatchingUp;

    /// <summary>The tip that a peer claims; 0 where it has claimed none.</summary>
    internal ulong HeightOf(PeerId peer) => exchange.HeightOf(peer);

    public void Dispose()
    {
        voteLog.Dispose();
        guard.Dispose();
    }

    // Blocks that we voted on are gone. The others have them still, and until then the guard keeps us from voting. Who
    // decided alone and knows nobody would wait for ever.
    private void NoticeLostBlocks(ChainState tip)
    {
        if (guard.Last is not { } last || last.Height <= tip.Height + 1)
            return;
        if (Book.Entries.Count == 0 && tip.Validators.IsQuorum(tip.Validators.StakeOf(Self) ?? 0))
            throw new StoreException(
                $"the store '{disk.PathOf("chain")}' ends with block {tip.Height}, but the key has signed at height "
                + $"{last.Height}",
                "give the address of a node that has the blocks: --peer node1…@ADDRESS:PORT");
        Log.LostBlocks(tip.Height, last.Height);
    }

    private static SignGuard OpenGuard(ReplicaOptions options, IDisk disk, Digest chainId)
    {
        if (!options.NewGuard && !disk.Has(SignGuard.FileName))
            throw new StoreException(
                $"'{disk.PathOf(SignGuard.FileName)}' is missing: nothing here says what this key has signed",
                "bring it along with the key; if that has never signed on this network, start once with --new-guard");
        return SignGuard.Open(disk.Open(SignGuard.FileName), chainId, options.Key.PublicKey);
    }

    private void OnCommitted(Block block)
    {
        CommittedAt = clock.NowMs;
        Log.Committed(block.Header.Height, Head.Certificate!.Round, block.Transactions.Length, block.Closings.Length);
        accusations.Committed();
        Submitter.Committed(block);
        foreach (var (dropped, why) in Pool.Recheck(Head.State, block.Transactions))
            if (why != Rejection.None)
                Submitter.Dropped(dropped.Value, why);
        Submitter.ForgetCrowdedOut();
        // The next height has to begin before anybody acts on this one.
        clock.After(0, () =>
        {
            exchange.Announce();
            Proceed();
        });
    }

    private static PeerBook Peers(ReplicaOptions options)
    {
        var bootstrap = options.Peers.ToList();
        foreach (var text in options.Genesis.Peers)
            if (KnownPeer.TryParse(text, out var peer))
                bootstrap.Add(peer);
        return new(options.PeerId, options.Seed, bootstrap.DistinctBy(p => p.Id));
    }
}
