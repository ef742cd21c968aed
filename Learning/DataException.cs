namespace Ledger.Learning;

/// <summary>An operator's mistake in data, a recipe or a model file: one line in lower case, and what to do about
/// it.</summary>
public class DataException : Exception
{
    public DataException(string message, string? hint = null, Exception? cause = null)
        : base(message, cause) => Hint = hint;

    public string? Hint { get; }
}
