namespace Ledger.Consensus.State;

/// <summary>
/// Why a transaction does not apply. The numbers are part of the protocol and never change; 8 is no longer in use.
/// </summary>
public enum Rejection : byte
{
    None = 0,
    WrongNonce = 1,
    FeeTooLow = 2,
    InsufficientFunds = 3,
    AmountIsZero = 4,
    InsufficientStake = 5,
    StakeBelowMinimum = 6,
    LastValidator = 7,
    TaskExists = 9,
    TaskMalformed = 10,
    UnknownTask = 11,
    TaskFinished = 12,
    TooManyContributors = 13,
    EmptyShard = 14,
    NoShard = 15,
    WrongRound = 16,
    WrongPhase = 17,
    AlreadyCommitted = 18,
    NotCommitted = 19,
    AlreadyRevealed = 20,
    RevealMismatch = 21,
    NotValidator = 22,
    NothingToAttest = 23,
    UnknownResult = 24,
    AlreadyEvaluated = 25,
    CountsOutOfRange = 26,
    NonceTooFarAhead = 27,
    NotJailed = 28,
    JailedForLonger = 29,
    Tombstoned = 30,
    NotScorer = 31,
    NotSampled = 32,
    AmendmentOutOfTime = 33,
    AmendmentMalformed = 34,
}
