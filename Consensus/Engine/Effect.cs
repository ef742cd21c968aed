using Ledger.Consensus.Chain;

namespace Ledger.Consensus.Engine;

/// <summary>What the host must do, in order. Signing means: on disk, synced, before any peer can see it.</summary>
public abstract record Effect
{
    private Effect()
    {
    }

    /// <summary>Sign this vote, make it durable, send it to everyone, and give it back as an input.</summary>
    public sealed record Cast(Vote Vote) : Effect;

    /// <summary>
    /// Sign this proposal, make it durable, send it with its block to everyone, and give it back as an input.
    /// </summary>
    public sealed record Propose(Proposal Proposal, Block Block) : Effect;

    /// <summary>Build a new block for our turn to propose and give it back as <see cref="Input.Built"/>.</summary>
    public sealed record Build(ulong Height, uint Round) : Effect;

    /// <summary>
    /// Check a block against the state and, for closings, recompute the aggregate;
    /// answer by <see cref="Input.Validated"/>.
    /// </summary>
    public sealed record Validate(Block Block) : Effect;

    /// <summary>Give back <see cref="Input.TimedOut"/> after <paramref name="Milliseconds"/>.</summary>
    public sealed record SetTimer(ulong Height, uint Round, Step Step, ulong Milliseconds) : Effect;

    /// <summary>The height is decided: execute and store the block. Nothing more happens on this height.</summary>
    public sealed record Decide(Block Block, CommitCertificate Certificate) : Effect;

    /// <summary>Send this proof to everyone: it is news that some of them may lack (rules R13, R14).</summary>
    public sealed record Publish(Certificate Certificate) : Effect;

    /// <summary>A validator contradicted itself: once for each validator, round and kind of evidence.</summary>
    public sealed record Accuse(Evidence Evidence) : Effect;
}
