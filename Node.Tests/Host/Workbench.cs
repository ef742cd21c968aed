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
    private readonly IReadOnlyList<Input> logged;
    private bool started;

    internal Workbench(Genesis genesis, int self, ChainState? state = null, byte[]? votes = null)
    {
        Key = Some.Key(1 + self);
        Self = new(Key.PublicKey);
        State = state ?? FirstState.From(genesis);
        Store = Store.Open(home["chain"], State, out _);
        LogPath = home["votes.log"];
        if (votes is not null)
            File.WriteAllBytes(LogPath, votes);
        log = VoteLog.Open(LogPath, Self, State.Height + 1, out logged);
        Head = new(Store, State);
        Loop = new(TimeProvider.System);
        agreement = new(Self, Timeouts.Standard);
        Catalog = new(Store, id => Wanted.Add(id));
        Aggregations = new(Loop, Store, Catalog, id => Wanted.Add(id), threads: 1, () => Work!.Proceed());
        Work = new(Loop, Head, Pool, Offences, Aggregations, Self);
        Submitter = new(Head, Pool, Key, Self, _ => { });
        Accusations = new(Head, Store, Offences, Broadcast);
        Consenter = new(
            Loop, Head, agreement, log, Key, Work, Broadcast, evidence => Accusations.Accuse(evidence),
            _ => Accusations.Committed());
    }

    internal SecretKey Key { get; }

    internal Address Self { get; }

    internal ChainState State { get; }

    internal string LogPath { get; }

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

    /// <summary>What has left the node, each with what was in the log by then.</summary>
    internal List<(WireMessage Message, long Logged)> Sent { get; } = [];

    /// <summary>What this node has told its peers about others.</summary>
    internal List<Evidence> Accused { get; } = [];

    internal void Resume() => Consenter.Resume(logged);

    /// <summary>Runs something on the loop, which lives from now on, and waits for it.</summary>
    internal T On<T>(Func<T> action)
    {
        if (!started)
            Loop.Start();
        started = true;
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(() => result.SetResult(action()));
        return result.Task.GetAwaiter().GetResult();
    }

    /// <summary>Stops as a crash would, but for the log, which is given back as it is.</summary>
    internal byte[] Stop()
    {
        log.Dispose();
        return File.ReadAllBytes(LogPath);
    }

    public void Dispose()
    {
        Loop.Dispose();
        Aggregations.Dispose();
        log.Dispose();
        Store.Dispose();
        home.Dispose();
    }

    private void Broadcast(WireMessage message)
    {
        if (message is WireMessage.Accusations accusations)
            Accused.AddRange(accusations.List);
        else
            Sent.Add((message, new FileInfo(LogPath).Length));
    }
}
