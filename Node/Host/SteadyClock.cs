namespace Ledger.Node.Host;

/// <summary>
/// Unix time that nobody sets: the wall clock's at first, and from then on that of a clock which never jumps. For ages
/// that people are told, such as how long ago the last block was; block times follow the wall clock.
/// </summary>
internal sealed class SteadyClock(TimeProvider time)
{
    private readonly DateTimeOffset start = time.GetUtcNow();
    private readonly long since = time.GetTimestamp();

    /// <summary>One for all of this process: what it stamps and what it compares must go together.</summary>
    internal static SteadyClock OfProcess { get; } = new(TimeProvider.System);

    internal ulong NowMs => (ulong)(start + time.GetElapsedTime(since)).ToUnixTimeMilliseconds();
}
