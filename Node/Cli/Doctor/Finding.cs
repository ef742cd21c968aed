namespace Ledger.Node.Cli.Doctor;

/// <summary>What one check of <c>ledger doctor</c> found. <paramref name="Next"/> is what to type about it.</summary>
internal sealed record Finding(string Verdict, string Check, string Says, string? Next)
{
    internal const string IsFine = "ok", IsDoubtful = "warn", HasFailed = "fail";

    internal static Finding Ok(string check, string says) => new(IsFine, check, says, null);

    internal static Finding Warn(string check, string says, string next) => new(IsDoubtful, check, says, next);

    internal static Finding Fail(string check, string says, string next) => new(HasFailed, check, says, next);

    /// <summary>One line; names stand above each other where all are padded to <paramref name="width"/>.</summary>
    internal string Line(int width) =>
        $"{Verdict,-4}  {Check.PadRight(width)}  {Says}{(Next is null ? "" : $"; type: {Next}")}";
}
