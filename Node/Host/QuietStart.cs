using Ledger.Consensus.Chain;

namespace Ledger.Node.Host;

/// <summary>
/// How long a validator listens after a start before it votes: until it stands where its peers say that they are. Then
/// whatever it signed after the copy was taken that it may run from has come back to it in blocks.
/// </summary>
internal sealed class QuietStart(IClock clock, ChainHead head, Address self)
{
    // Peers have so many vote timeouts to tell where they are.
    private const ulong VoteTimeouts = 2;

    private readonly ulong begunAtMs = clock.NowMs;

    /// <summary>
    /// Whoever has heard nobody cannot know; whose stake is a quorum by itself has nobody to ask.
    /// </summary>
    internal bool IsOver(bool hasHeard, ulong bestPeerHeight)
    {
        var validators = head.State.Validators;
        return clock.NowMs >= begunAtMs + VoteTimeouts * head.State.Parameters.VoteTimeout
            && (hasHeard || validators.IsQuorum(validators.StakeOf(self) ?? 0)) && bestPeerHeight <= head.State.Height;
    }
}
