using System.Collections.Immutable;
using System.Net;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Consensus.State;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Models;
using Ledger.Node.Cli;
using Ledger.Node.Host;
using Ledger.Node.Http;
using Ledger.Node.Training;
using Evaluation = Ledger.Consensus.State.Evaluation;
using Round = Ledger.Consensus.State.Round;

namespace Ledger.Node.Tests.Http;

/// <summary>A node without network and chain: it answers the API from values, and remembers what it was told.</summary>
internal sealed class FakeNode
{
    internal const ulong Now = 1_700_000_000_000;

    internal FakeNode(string data = "digits")
    {
        var owner = new Address(Some.Key(1).PublicKey);
        var (task, recipe, _) = new TaskDraft
        {
            Name = "digits",
            Sources = DataFiles.Open(data),
            Label = "label",
            Model = null,
            Rounds = 3,
            Rule = "mean",
            Parties = 4,
            Committee = 4,
        }.Build(owner);
        using var model = TorchModel.Open(recipe);
        Blobs = new() { [task.Spec.Parameters] = Parameters.Encode(model.InitialParameters()) };
        Genesis = GenesisText.AsRead(new()
        {
            Name = "test",
            Time = Now,
            Parameters = new(),
            Validators = [new(owner, 10_000)],
            Accounts = [new(owner, 500)],
            Tasks = [task],
            Peers = [],
        });
        Snapshot = SnapshotOf(FirstState.From(Genesis), owner);
    }

    internal Genesis Genesis { get; }

    internal NodeSnapshot Snapshot { get; set; }

    internal Dictionary<Digest, byte[]> Blobs { get; }

    internal List<Payload> Submitted { get; } = [];

    internal List<(string Source, byte[] Shard)> Added { get; } = [];

    internal string? Refusal { get; set; }

    internal LearningTask Task => Snapshot.State.Tasks.Values.Single();

    internal Task<ApiServer> Serve(string home) => ApiServer.Start(home, app => Api.Map(app, Source()));

    /// <summary>The same over HTTP, on a port that the system chooses.</summary>
    internal Task<WebServer> ServeWeb(BearerToken token) =>
        WebServer.Start(new(IPAddress.Loopback, 0), app => Api.MapWeb(app, Source(), token));

    /// <summary>The task with a contributor whose update was taken, as after a first round.</summary>
    internal void FinishRound()
    {
        var (owner, after) = (Task.Owner, Task.Round.Parameters);
        var result = Task.Results[0] with
        {
            Number = 1,
            Height = 9,
            Committed = 1,
            Revealed = 1,
            Paid = [new(owner, 1_000, new(0, 30_000, 1, 65_536, 65_536), default, 0)],
            Parameters = after,
            Evaluations = ImmutableSortedDictionary<Address, Evaluation>.Empty.Add(owner, new(45, 60, 32_768)),
        };
        var moved = Task with
        {
            Shards = Task.Shards.Add(owner, new Shard(Some.Digest(1), Some.Digest(2), 300, 30, 60, Active: true)),
            Results = Task.Results.Add(result),
            Round = new Round { Number = 2, Phase = Phase.Commit, Deadline = Now, Parameters = after, Exponent = 8 },
        };
        Snapshot = Snapshot with { State = Snapshot.State.With(moved) with { Height = 9 } };
    }

    private NodeSnapshot SnapshotOf(ChainState state, Address owner) => new()
    {
        Genesis = Genesis,
        Address = owner,
        PeerId = KeyFile.PeerOf(Some.Key(1)),
        Listen = new(IPAddress.Loopback, 9470),
        State = state,
        Round = 0,
        Step = Step.Propose,
        Silent = [],
        CommittedAtMs = Now,
        BestPeerHeight = 0,
        Peers = [new(KeyFile.PeerOf(Some.Key(2)), new(IPAddress.Loopback, 9471), true, 7, 3, 9_000, 1_000, 2_000, 4)],
        Shards = [],
        Training = null,
        BytesOut = 12,
        BytesIn = 34,
        PoolTransactions = 2,
        StartedAtMs = Now,
        Syncs = 0,
    };

    private ApiSource Source() => new()
    {
        Snapshot = () => Snapshot,
        Block = _ => null,
        Results = (task, from) => task.Results.Where(result => result.Number >= from),
        Blob = id => Blobs.GetValueOrDefault(id),
        Prove = (_, _) => throw new OperatorException("no proofs here", "ask a real node"),
        Submit = Submit,
        Pool = Take,
        CreateTask = (_, _, _) => throw new OperatorException("no task here", "none"),
        AddShard = AddShard,
        RemoveShard = _ => System.Threading.Tasks.Task.FromResult(Added.Count > 0),
    };

    private Task<Submission> Submit(Payload payload, ulong fee, CancellationToken stop)
    {
        Submitted.Add(payload);
        return System.Threading.Tasks.Task.FromResult(
            new Submission(Some.Digest((int)fee), Refusal is null ? 10 : null, Refusal));
    }

    // A pool that has room for two.
    private static Task<IReadOnlyList<Rejection>> Take(IReadOnlyList<Verified<SignedTransaction>> transactions) =>
        System.Threading.Tasks.Task.FromResult<IReadOnlyList<Rejection>>(
            [.. transactions.Select((_, i) => i < 2 ? Rejection.None : Rejection.FeeTooLow)]);

    private Task<Submission> AddShard(Digest task, ShardOrigin origin, byte[] shard, CancellationToken stop)
    {
        Added.Add((origin.Source, shard));
        return System.Threading.Tasks.Task.FromResult(new Submission(task, Refusal is null ? 10 : null, Refusal));
    }
}
