using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Consensus.State;
using Ledger.Node.Host;
using Ledger.Node.Overlay;
using Ledger.Node.Pool;
using Ledger.Node.Storage;
using Ledger.Node.Tests.Storage;
using Ledger.Node.Training;

namespace Ledger.Node.Tests.Host;

/// <summary>
/// One node's deciding parts on a real disk, without a network: the test is the network and the clock. The loop stands
/// still until <see cref="On"/> is used, and what is broadcast is kept with the length of the vote log at that moment.
/// </summary>
internal sealed class Workbench : IDisposable
{
    private readonly TemporaryDirectory home = new();
    private readonly Agreement agreement;
    private readonly VoteLog log;
    private readonly SignGuard guard;
    private readonly WatchedDisk disk;
    private readonly IReadOnlyList<Input> logged;
    private bool started;

    internal Workbench(Genesis genesis, int self, ChainState? state = null, Remains? remains = null)
    {
        Key = Some.Key(1 + self);
        Self = new(Key.PublicKey);
        State = state ?? FirstState.From(genesis);
        Store = Store.Open(home["chain"], State, out _);
        if (remains is not null)
        {
            File.WriteAllBytes(home[VoteLog.FileName], remains.Log);
            File.WriteAllBytes(home[SignGuard.FileName], remains.Guard);
        }
        disk = new(home.Path);
        guard = SignGuard.Open(disk.Open(SignGuard.FileName), State.ChainId, Key.PublicKey);
        log = VoteLog.Open(disk, Self, State.Height + 1, guard, out logged);
        Head = new(Store, State, Header.NewestVersion);
        Loop = new(TimeProvider.System);
        agreement = new(Self, Timeouts.Standard, Synchrony.Standard);
        Catalog = new(Store, id => Wanted.Add(id));
        Aggregations = new(Loop, Store, Catalog, Self, id => Wanted.Add(id), threads: 1, () => Work!.Proceed());
        Work = new(Loop, Head, Pool, Offences, Aggregations, Self);
        Submitter = new(Head, Pool, Key, Self, _ => { });
        Accusations = new(Head, Store, Offences, Broadcast);
        Consenter = new(
            Loop, Head, agreement, log, guard, Key, Work, Broadcast, evidence => Accusations.Accuse(evidence),
            _ => Accusations.Committed());
    }

    internal SecretKey Key { get; }

    internal Address Self { get; }

    internal ChainState State { get; }

    internal Store Store { get; }

    internal ChainHead Head { get; }

    internal NodeLoop Loop { get; }

    internal Mempool Pool { get; } = new();

    internal EvidencePool Offences { get; } = new();

    internal Accusations Accusations { get; }

    internal TaskCatalog Catalog { get; }

    internal Aggregations Aggregations { get; }

    internal BlockWork Work { get; }

    internal Submitter Submitter { get; }

    internal Consenter Consenter { get; }

    internal HashSet<Digest> Wanted { get; } = [];

    internal Agreement Agreement => agreement;

    internal bool IsComplete => log.IsComplete;

    /// <summary>What has left the node, each with what was on the disk by then.</summary>
    internal List<(WireMessage Message, Remains OnDisk)> Sent { get; } = [];

    /// <summary>What this node has told its peers about others.</summary>
    internal List<Evidence> Accused { get; } = [];

    internal void Resume()
    {
        Consenter.Resume(logged);
        Consenter.Speak();
    }

    /// <summary>Runs something on the loop, which lives from now on, and waits for it.</summary>
    internal T On<T>(Func<T> action)
    {
        if (!started)
            Loop.Start();
        started = true;
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(() => result.SetResult(action()));
        // A fault ends the loop; the test should hear of it rather than wait.
        Task.WhenAny(result.Task, Loop.Completion).GetAwaiter().GetResult().GetAwaiter().GetResult();
        return result.Task.GetAwaiter().GetResult();
    }

    /// <summary>Stops as a crash would, but for log and guard, which are given back as they are.</summary>
    internal Remains Stop()
    {
        var remains = Look();
        log.Dispose();
        guard.Dispose();
        return remains;
    }

    public void Dispose()
    {
        Loop.Dispose();
        Aggregations.Dispose();
        log.Dispose();
        guard.Dispose();
        Store.Dispose();
        home.Dispose();
    }

    private void Broadcast(WireMessage message)
    {
        if (message is WireMessage.Accusations accusations)
            Accused.AddRange(accusations.List);
        else
            Sent.Add((message, Look()));
    }

    private Remains Look() => new(disk.Bytes(VoteLog.FileName), disk.Bytes(SignGuard.FileName));

    /// <summary>A home's files, which can be read while the node has them open.</summary>
    private sealed class WatchedDisk(string path) : IDisk
    {
        private readonly HomeDisk home = new(path);
        private readonly Dictionary<string, IFile> files = [];

        public string PathOf(string name) => home.PathOf(name);

        public long FreeBytes => home.FreeBytes;

        public bool Has(string name) => home.Has(name);

        public IFile Open(string name) => files[name] = home.Open(name);

        internal byte[] Bytes(string name) => files[name].ReadAll();
    }
}

/// <summary>What a crash leaves of a home, besides its chain.</summary>
internal sealed record Remains(byte[] Log, byte[] Guard);
