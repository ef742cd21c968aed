using System.Net;
using Ledger.Consensus.Chain;
using Ledger.Learning.Data;
using Ledger.Learning.Recipes;

namespace Ledger.Node.Cli.Devnet;

/// <summary>What a devnet is made of, before any process runs. <see cref="Shards"/> has one for each node.</summary>
internal sealed record DevnetPlan
{
    public required string Directory { get; init; }

    public required GenesisTask Task { get; init; }

    public required Recipe Recipe { get; init; }

    /// <summary>The user's own model, where there is one.</summary>
    public required string? ModelFile { get; init; }

    public required IReadOnlyList<(string Source, Shard Shard)> Shards { get; init; }

    /// <summary>By node: threads for aggregation, and NAME=VALUE for its environment. Tests vary them.</summary>
    public required IReadOnlyList<int> Threads { get; init; }

    public required IReadOnlyList<(int Node, string Name, string Value)> Environment { get; init; }

    /// <summary>Null where all are honest.</summary>
    public DevnetAttack? Attack { get; init; }

    /// <summary>Where the first node serves its dashboard; null for nowhere.</summary>
    public IPEndPoint? Dashboard { get; init; }

    internal int Nodes => Shards.Count;

    // The last ones of those planned: whoever joins later is none of them.
    internal bool IsAttacker(int node) => Attack is { } attack && node < Nodes && node >= Nodes - attack.Count;
}
