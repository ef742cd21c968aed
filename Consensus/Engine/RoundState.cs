using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Engine;

/// <summary>A block and the round in which it had a quorum of prevotes.</summary>
public sealed record Polka(Digest Block, uint Round);

/// <summary>
/// The variables of Algorithm 1 (arXiv:1807.04938, L1-L9) on one height. Null stands for the paper's -1 and nil. The
/// flags of a round are its "for the first time".
/// </summary>
public sealed record RoundState
{
    public uint Round { get; init; }

    public Step Step { get; init; } = Step.Propose;

    /// <summary>What we precommitted last: we prevote for nothing else, unless a later polka releases us.</summary>
    public Polka? Locked { get; init; }

    /// <summary>The last block that we know to have had a polka: what we propose when it is our turn.</summary>
    public Polka? Valid { get; init; }

    /// <summary>The block that we built for our proposal of this round, from then on.</summary>
    public Digest? Draft { get; init; }

    /// <summary>Whether we have made our proposal of this round.</summary>
    public bool Offered { get; init; }

    /// <summary>Whether L34 has started its timer in this round.</summary>
    public bool PrevoteTimer { get; init; }

    /// <summary>Whether L36 has seen its polka in this round.</summary>
    public bool PolkaSeen { get; init; }

    /// <summary>Whether L47 has started its timer in this round.</summary>
    public bool PrecommitTimer { get; init; }

    public bool Decided { get; init; }

    /// <summary>L12, L13: a new round forgets everything but what is locked and valid.</summary>
    internal RoundState In(uint round) => new() { Round = round, Locked = Locked, Valid = Valid };
}
