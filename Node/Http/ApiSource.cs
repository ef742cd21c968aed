using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Host;

namespace Ledger.Node.Http;

/// <summary>What the API asks of a node.</summary>
internal sealed record ApiSource
{
    public required Func<NodeSnapshot> Snapshot { get; init; }

    public required Func<ulong, (Block Block, CommitCertificate Certificate)?> Block { get; init; }

    public required Func<LearningTask, uint, IEnumerable<RoundResult>> Results { get; init; }

    public required Func<Digest, byte[]?> Blob { get; init; }

    public required ProofRoutes.Prove Prove { get; init; }

    public required WriteRoutes.Submit Submit { get; init; }

    public required WriteRoutes.Pool Pool { get; init; }

    public required WriteRoutes.CreateTask CreateTask { get; init; }

    public required WriteRoutes.AddShard AddShard { get; init; }

    public required Func<Digest, Task<bool>> RemoveShard { get; init; }

    internal static ApiSource Of(NodeHost host) => new()
    {
        Snapshot = () => host.Snapshot,
        Block = host.Block,
        Results = host.Results,
        Blob = host.Blob,
        Prove = host.Prove,
        Submit = host.Submit,
        Pool = host.Submit,
        CreateTask = host.CreateTask,
        AddShard = host.AddShard,
        RemoveShard = host.RemoveShard,
    };
}
