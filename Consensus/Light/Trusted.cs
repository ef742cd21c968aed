using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

namespace Ledger.Consensus.Light;

/// <summary>
/// A point of a chain from which others are verified: the genesis (height 0) or a header that is known to be good.
/// <paramref name="Validators"/> are those of its height, <paramref name="Next"/> the digest of those one above.
/// </summary>
public sealed record Trusted(Digest ChainId, ulong Height, ulong Time, ValidatorSet Validators, Digest Next)
{
    /// <summary>Trust in the file that a network starts from: its validators decide block 1.</summary>
    public static Trusted Of(Genesis genesis) => Of(FirstState.From(genesis));

    /// <summary>Trust in the state that a network starts from.</summary>
    public static Trusted Of(ChainState first) =>
        new(first.ChainId, 0, first.Time, first.Validators, first.Validators.Digest());

    /// <summary>Trust in a header that was verified, or whose id a person gave.</summary>
    public static Trusted Of(LightBlock block) => new(
        block.Header.ChainId, block.Height, block.Header.Time, block.Validators, block.Header.NextValidators);
}
