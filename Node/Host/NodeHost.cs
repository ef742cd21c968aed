using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Host;

/// <summary>How a submitted transaction ended: in a block, or refused with the rule it broke.</summary>
internal sealed record Submission(Digest Transaction, ulong? Height, string? Refused);

/// <summary>A running node: the composition root, and the door through which the API and the command line reach it.</summary>
internal sealed class NodeHost : IAsyncDisposable
{
    /// <summary>Opens the home, joins the network and starts to work; throws <see cref="OperatorException"/> on a person's mistake.</summary>
    internal static NodeHost Start(NodeOptions options) => throw new NotSupportedException(options.Home);

    /// <summary>The newest snapshot; safe from any thread.</summary>
    internal NodeSnapshot Snapshot => throw new NotSupportedException();

    /// <summary>Ends when the node stops by itself because of a fault, with that fault.</summary>
    internal Task Completion => throw new NotSupportedException();

    /// <summary>A block and the certificate that decided it; null above the tip.</summary>
    internal (Block Block, CommitCertificate Certificate)? Block(ulong height) => throw new NotSupportedException($"{height}");

    /// <summary>A blob (model, parameters, update) held here; null where it is not.</summary>
    internal byte[]? Blob(Digest id) => throw new NotSupportedException($"{id}");

    /// <summary>Signs a payload with the node's key, spreads it and waits until it is in a block or refused.</summary>
    internal Task<Submission> Submit(Payload payload, ulong fee, CancellationToken stop) => throw new NotSupportedException($"{payload}{fee}{stop}");

    /// <summary>Keeps a shard for a task and announces it on chain with the next block; replaces an earlier one of the task.</summary>
    internal Task<Submission> AddShard(Digest task, string source, byte[] shard, CancellationToken stop) => throw new NotSupportedException($"{task}{source}{shard}{stop}");

    /// <summary>Forgets a shard; the node stops training for its task. False where there is none.</summary>
    internal Task<bool> RemoveShard(Digest task) => throw new NotSupportedException($"{task}");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
