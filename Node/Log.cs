using Ledger.Consensus.Chain;

namespace Ledger.Node;

/// <summary>Every line that a node logs: one event a line on stderr, with its time. No line holds a secret.</summary>
internal static class Log
{
    [ThreadStatic]
    private static bool quiet;

    /// <summary>From now on this thread logs nothing: it simulates nodes by the hundred.</summary>
    internal static void Mute() => quiet = true;

    internal static void Committed(ulong height, uint round, int transactions, int closings) =>
        Line($"committed height {height} in round {round}: {transactions} transactions, {closings} closings");

    internal static void Trained(string task, uint round, ulong milliseconds) =>
        Line($"task {task}: trained for round {round} in {milliseconds} ms");

    internal static void Unusable(string task, string why) => Line($"task {task} cannot be worked on here: {why}");

    internal static void PeerUp(string peer, string address) => Line($"connected to {peer} at {address}");

    internal static void SeenAt(string address) => Line($"others see this node at {address}");

    internal static void PeerDown(string peer, string reason) => Line($"lost {peer}: {reason}");

    internal static void Dropped(string peer, string reason) => Line($"dropped a message from {peer}: {reason}");

    internal static void Resumed(int inputs, ulong height) =>
        Line($"resumed height {height} from {inputs} logged inputs");

    internal static void BeganWithSnapshot(ulong height, int leaves) =>
        Line($"began with the state of height {height}: {leaves} leaves, each proved");

    internal static void LostBlocks(ulong tip, ulong signed) => Line(
        $"the chain here ends with block {tip}, but our key has signed at height {signed}: "
        + "the blocks between are fetched again before we vote");

    internal static void DamagedVoteLog(string path) => Line(
        $"'{path}' was damaged and is begun anew; the next block is followed without a vote of ours");

    internal static void Refused(string payload, string why) => Line($"our {payload} was refused: {why}");

    internal static void Accused(Evidence evidence) =>
        Line($"validator {evidence.Offender} has contradicted itself at height {evidence.Height}: "
            + evidence.GetType().Name);

    internal static void ClockBehind(ulong milliseconds) =>
        Line($"our clock is {milliseconds} ms behind the last block: no block can be proposed here until it is past; "
            + "check the clock");

    private static void Line(string text)
    {
        if (!quiet)
            Console.Error.WriteLine($"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm:ss.fff} {text}");
    }
}
