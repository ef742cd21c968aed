using Ledger.Consensus.Chain;
using Ledger.Node.Host;

namespace Ledger.Node.Http;

/// <summary>
/// Whether the chain moves, by the age of the last commit against the chain's own timeouts: a node that answers is not
/// yet a chain that lives.
/// </summary>
internal static class Health
{
    internal const string Ok = "ok";
    internal const string Starting = "starting";
    internal const string Syncing = "syncing";
    internal const string Slow = "slow";
    internal const string Halted = "halted";

    // One failed round is ordinary; after this many in a row the chain stands still for people.
    private const uint RoundsUntilHalted = 4;

    // A peer is one height ahead for the moment that a block needs to reach us.
    private const ulong HeightsBehind = 2;

    internal static string Of(NodeSnapshot snapshot, ulong nowMs)
    {
        var age = Age(snapshot, nowMs);
        if (age > Longest(snapshot.State.Parameters, RoundsUntilHalted))
            return Halted;
        if (IsSyncing(snapshot))
            return Syncing;
        if (snapshot.CommittedAtMs == 0 || snapshot.State.Height == 0)
            return Starting;
        return age > Longest(snapshot.State.Parameters, 1) ? Slow : Ok;
    }

    internal static bool IsSyncing(NodeSnapshot snapshot) =>
        snapshot.BestPeerHeight > snapshot.State.Height + HeightsBehind;

    /// <param name="snapshot">The node.</param>
    /// <param name="nowMs">By <see cref="SteadyClock"/>: a wall clock that is set back would make a halted chain
    /// young.</param>
    /// <summary>Milliseconds since the last commit that this process saw; since its start where it saw none.</summary>
    internal static ulong Age(NodeSnapshot snapshot, ulong nowMs)
    {
        var since = Math.Max(snapshot.CommittedAtMs, snapshot.StartedAtMs);
        return nowMs > since ? nowMs - since : 0;
    }

    /// <summary>Milliseconds that a height takes at most where rounds up to <paramref name="round"/> fail.</summary>
    private static ulong Longest(ChainParameters chain, uint round)
    {
        var sum = chain.EmptyBlockInterval;
        for (uint r = 0; r <= round; r++)
            sum += chain.ProposeTimeout + r * chain.ProposeIncrement
                + 2 * (chain.VoteTimeout + r * chain.VoteIncrement);
        return sum;
    }
}
