namespace Ledger.Consensus.Crypto;

/// <summary>
/// A value whose signature was checked: the question "was it?" is answered by the compiler. Only the verifier makes
/// one, and the engine takes nothing else.
/// </summary>
public sealed record Verified<T>
    where T : notnull
{
    internal Verified(T value) => Value = value;

    public T Value { get; }
}
