using Ledger.Consensus.Light;

namespace Ledger.Node.Cli;

/// <summary>Why a proof was refused, for people.</summary>
internal static class RefusalText
{
    internal static string Of(LightFault fault) => fault switch
    {
        LightFault.WrongChain => "it is about another chain",
        LightFault.Inconsistent => "a header, its certificate and its validators do not belong together",
        LightFault.NotLater => "its headers are not in order",
        LightFault.FromFuture => "a header is ahead of this machine's clock",
        LightFault.WrongValidators => "a block was not decided by the validators that the one before names",
        LightFault.BadCertificate => "a signature is bad, or too few validators have signed",
        LightFault.TooFewTrusted => "too few of the trusted validators have signed",
        LightFault.BeyondTrustingPeriod => "two headers are further apart than trust reaches",
        LightFault.WrongAnchor => "it does not begin with the trusted header",
        LightFault.NewerVersion => "it follows a version of the protocol that this program does not know",
        LightFault.BadStateProof => "the header does not commit to what it says",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "no refusal"),
    };

    internal static string Hint(LightFault fault) => fault switch
    {
        LightFault.WrongChain => "is this the genesis file of that network?",
        LightFault.FromFuture => "set the clock, and try again",
        LightFault.NewerVersion => "install the new version of ledger",
        LightFault.WrongAnchor => "make it with: ledger chain proof … --since HEIGHT",
        LightFault.TooFewTrusted or LightFault.BeyondTrustingPeriod =>
            "blocks in between are missing: make it again with ledger chain proof",
        _ => "do not rely on it; ask another node for the proof",
    };
}
