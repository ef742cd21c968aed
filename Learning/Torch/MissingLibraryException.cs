namespace Ledger.Learning.Torch;

/// <summary>A native library cannot be loaded; the message is one line, the hint names the package that holds
/// it.</summary>
public sealed class MissingLibraryException(string message, string hint, Exception cause) : Exception(message, cause)
{
    public string Hint { get; } = hint;
}
