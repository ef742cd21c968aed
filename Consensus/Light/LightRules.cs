using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Light;

/// <summary>Why a light client does not believe a block; <see cref="None"/> where it does.</summary>
public enum LightFault : byte
{
    None = 0,

    /// <summary>The block is of another chain.</summary>
    WrongChain,

    /// <summary>Header, certificate and validators do not belong together.</summary>
    Inconsistent,

    /// <summary>Height or time is not after the trusted ones.</summary>
    NotLater,

    /// <summary>The block's time is ahead of the clock.</summary>
    FromFuture,

    /// <summary>The next block is not decided by the validators that the trusted header names.</summary>
    WrongValidators,

    /// <summary>A signature is bad, or the signers hold too little stake.</summary>
    BadCertificate,

    /// <summary>Too few of the trusted validators signed: a block in between may help.</summary>
    TooFewTrusted,

    /// <summary>The validators' stake may have been free when they signed: a block in between may help.</summary>
    BeyondTrustingPeriod,

    /// <summary>The first header is not the one that is trusted.</summary>
    WrongAnchor,

    /// <summary>The leaf is not in the state that the last header commits to.</summary>
    BadStateProof,

    /// <summary>The block follows rules that this program does not know.</summary>
    NewerVersion,
}

/// <summary>How far a light client goes along; times are milliseconds.</summary>
public sealed record LightOptions(ulong TrustingPeriod)
{
    /// <summary>How far a header's time may be ahead of the clock.</summary>
    public ulong ClockDrift { get; init; } = Limits.LightClockDriftMax;

    public static LightOptions Of(ChainParameters parameters) => new(parameters.TrustingPeriod);
}

/// <summary>
/// When a light client believes a block (CometBFT spec/light-client/verification). The next block: if the validators
/// named by the trusted header decided it. A later one: if its own validators did, and among them are trusted ones with
/// more than a third of their stake, at least one of them honest, within the period in which their stake answers for
/// it. All signatures of a certificate are checked (cometbft#5663).
/// </summary>
public static class LightRules
{
    /// <param name="trusted">The point to start from.</param>
    /// <param name="block">A later block.</param>
    /// <param name="options">The client's limits.</param>
    /// <param name="now">Unix milliseconds on the client's clock.</param>
    public static LightFault Check(Trusted trusted, LightBlock block, LightOptions options, ulong now)
    {
        var header = block.Header;
        if (header.ChainId != trusted.ChainId)
            return LightFault.WrongChain;
        if (block.Fault != LightFault.None)
            return block.Fault;
        if (block.Height <= trusted.Height || header.Time <= trusted.Time)
            return LightFault.NotLater;
        if (header.Time > now + options.ClockDrift)
            return LightFault.FromFuture;
        if (block.Height == trusted.Height + 1)
            return header.Validators == trusted.Next ? CheckCertificate(block) : LightFault.WrongValidators;
        if (header.Time - trusted.Time >= options.TrustingPeriod)
            return LightFault.BeyondTrustingPeriod;
        return trusted.Validators.HasHonest(SignedBy(trusted.Validators, block.Certificate))
            ? CheckCertificate(block)
            : LightFault.TooFewTrusted;
    }

    private static LightFault CheckCertificate(LightBlock block) =>
        block.Certificate.Verify(block.Header.ChainId, block.Validators) ? LightFault.None : LightFault.BadCertificate;

    // A signer that is listed twice makes the certificate bad, so that nothing counts twice in the end.
    private static UInt128 SignedBy(ValidatorSet validators, CommitCertificate certificate)
    {
        UInt128 stake = 0;
        foreach (var (signer, _) in certificate.Signatures)
            stake += validators.StakeOf(signer) ?? 0;
        return stake;
    }
}
