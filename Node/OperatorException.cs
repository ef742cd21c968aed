namespace Ledger.Node;

/// <summary>
/// A mistake that a person can mend: <c>error:</c> and <c>hint:</c>, one line each, lower case, without a full stop.
/// <see cref="Misuse"/> marks a wrong command line (exit code 2); everything else exits with 1.
/// </summary>
internal sealed class OperatorException(string message, string hint, bool misuse = false) : Exception(message)
{
    internal string Hint { get; } = hint;

    internal bool Misuse { get; } = misuse;
}
