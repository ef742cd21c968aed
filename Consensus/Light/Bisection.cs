using System.Collections.Immutable;

namespace Ledger.Consensus.Light;

/// <summary>
/// The way from a trusted point to a height: asks for the target first, and for a block half way whenever too little of
/// the trusted stake reaches further. Give it what <see cref="Wanted"/> names, from whomever; after a fault other than
/// those of distance the same block is wanted from somebody else.
/// </summary>
public sealed class Bisection(Trusted start, ulong target, LightOptions options)
{
    private readonly Stack<LightBlock> waiting = new();
    private readonly ImmutableArray<LightBlock>.Builder chain = ImmutableArray.CreateBuilder<LightBlock>();

    /// <summary>The newest point that is trusted by now.</summary>
    public Trusted Trusted { get; private set; } = start;

    public bool IsDone => Trusted.Height == target;

    /// <summary>The height of the block that is needed next.</summary>
    public ulong Wanted => waiting.Count == 0
        ? target
        : Trusted.Height + Math.Max(1, (waiting.Peek().Height - Trusted.Height) / 2);

    /// <summary>The blocks verified so far, each from the one before it.</summary>
    public ImmutableArray<LightBlock> Chain => chain.ToImmutable();

    /// <summary>Takes the wanted block; a fault says that it is none of this chain.</summary>
    public LightFault Give(LightBlock block, ulong now)
    {
        if (IsDone || block.Height != Wanted)
            return LightFault.NotLater;
        var fault = LightRules.Check(Trusted, block, options, now);
        if (fault is LightFault.TooFewTrusted or LightFault.BeyondTrustingPeriod)
        {
            waiting.Push(block);
            return LightFault.None;
        }
        if (fault != LightFault.None)
            return fault;
        Trust(block);
        while (waiting.TryPeek(out var later) && LightRules.Check(Trusted, later, options, now) is var next)
            if (next == LightFault.None)
                Trust(waiting.Pop());
            else if (next is LightFault.TooFewTrusted or LightFault.BeyondTrustingPeriod)
                break;
            else
                // What came before is verified, so it was this one that was made up.
                return Drop(next);
        return LightFault.None;
    }

    private void Trust(LightBlock block)
    {
        chain.Add(block);
        Trusted = Trusted.Of(block);
    }

    private LightFault Drop(LightFault fault)
    {
        waiting.Pop();
        return fault;
    }
}
