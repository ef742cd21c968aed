using System.Net;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Learning.Attacks;

namespace Ledger.Node.Host;

/// <summary>Everything a node is told at its start; parsed and checked once.</summary>
internal sealed record NodeOptions
{
    public required string Home { get; init; }

    public required Genesis Genesis { get; init; }

    /// <summary>The account and validator key; the transport's key is derived from it.</summary>
    public required SecretKey Key { get; init; }

    /// <summary>Where to take datagrams; port 0 takes any free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Peers to look for first.</summary>
    public required IReadOnlyList<(PeerId Id, IPEndPoint Address)> Peers { get; init; }

    /// <summary>Threads that the aggregation may use; any number gives the same parameters.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>How to cheat in rounds of learning, for trying a network's defence; null for honest.</summary>
    public Attack? Attack { get; init; }

    /// <summary>Whether to go on without what the key has signed so far: it has signed nothing.</summary>
    public bool NewGuard { get; init; }

    /// <summary>How many blocks to keep; null for all.</summary>
    public ulong? KeepBlocks { get; init; }

    /// <summary>What the transport's key is derived for.</summary>
    internal const string TransportPurpose = "ledger/transport";
}
