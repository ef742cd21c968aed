using System.Runtime.CompilerServices;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace Ledger.Node;

/// <summary>All that a node logs: one event a line, with its time. No line holds a secret.</summary>
internal static class Log
{
    private static readonly LoggingLevelSwitch Threshold = new();

    private static Logger logger = Open(LogOptions.Usual);

    [ThreadStatic]
    private static bool quiet;

    /// <summary>The least level that is logged; may be changed at any time, from any thread.</summary>
    internal static LogEventLevel Level
    {
        get => Threshold.MinimumLevel;
        set => Threshold.MinimumLevel = value;
    }

    /// <summary>From now on this thread logs nothing: it simulates nodes by the hundred.</summary>
    internal static void Mute() => quiet = true;

    /// <summary>From now on the events of this process go where the options say.</summary>
    /// <exception cref="OperatorException">The file cannot be written.</exception>
    internal static void Begin(LogOptions options)
    {
        if (options.File is { } path)
            RequireWritable(path);
        Level = options.Level;
        Interlocked.Exchange(ref logger, Open(options)).Dispose();
    }

    internal static void Committed(ulong height, uint round, int transactions, int closings) => Write(
        LogEventLevel.Information,
        "committed height {Height} in round {Round}: {Transactions} transactions, {Closings} closings",
        [height, round, transactions, closings]);

    internal static void Voted(Vote vote) => Write(LogEventLevel.Debug,
        "voted at height {Height}, round {Round}: {Kind} for {Block}",
        [vote.Height, vote.Round, $"{vote.Kind}", vote.Block?.Short ?? "no block"]);

    internal static void Proposed(Proposal offer) => Write(LogEventLevel.Debug,
        "proposed block {Block} at height {Height}, round {Round}", [offer.Block.Short, offer.Height, offer.Round]);

    internal static void Fetched(Digest blob, long bytes) => Write(LogEventLevel.Debug,
        "fetched blob {Blob}: {Bytes} bytes", [blob.Short, bytes]);

    internal static void Trained(string task, uint round, ulong milliseconds, bool outOfTime) => Write(
        LogEventLevel.Information, "task {Task}: trained for round {Round} in {Milliseconds} ms"
            + (outOfTime ? ", as many steps as the window gave time for" : ""), [task, round, milliseconds]);

    internal static void Unusable(string task, string why) => Write(LogEventLevel.Warning,
        "task {Task} cannot be worked on here: {Why}", [task, why]);

    internal static void PeerUp(string peer, string address) => Write(LogEventLevel.Information,
        "connected to {Peer} at {Address}", [peer, address]);

    internal static void SeenAt(string address) => Write(LogEventLevel.Information,
        "others see this node at {Address}", [address]);

    internal static void PeerDown(string peer, string reason) => Write(LogEventLevel.Information,
        "lost {Peer}: {Reason}", [peer, reason]);

    internal static void Dropped(string peer, string reason) => Write(LogEventLevel.Warning,
        "dropped a message from {Peer}: {Reason}", [peer, reason]);

    internal static void Resumed(int inputs, ulong height) => Write(LogEventLevel.Information,
        "resumed height {Height} from {Inputs} logged inputs", [height, inputs]);

    internal static void BeganWithSnapshot(ulong height, int leaves) => Write(LogEventLevel.Information,
        "began with the state of height {Height}: {Leaves} leaves, each proved", [height, leaves]);

    internal static void Sealed() => Write(LogEventLevel.Warning,
        "this home was restored from a backup: its key votes no more; to validate: ledger account rotate HOME", []);

    internal static void LostBlocks(ulong tip, ulong signed) => Write(LogEventLevel.Warning,
        "the chain here ends with block {Tip}, but our key has signed at height {Signed}: "
        + "the blocks between are fetched again before we vote", [tip, signed]);

    internal static void DamagedVoteLog(string path) => Write(LogEventLevel.Warning,
        "'{Path}' was damaged and is begun anew; the next block is followed without a vote of ours", [path]);

    // A round that went on while our word was on its way is nothing that anybody has to look at.
    internal static void Refused(string payload, Rejection why) => Write(
        why is Rejection.WrongPhase or Rejection.WrongRound ? LogEventLevel.Debug : LogEventLevel.Warning,
        "our {Payload} was refused: {Why}", [payload, $"{why}"]);

    internal static void Accused(Evidence evidence) => Write(LogEventLevel.Warning,
        "validator {Validator} has contradicted itself at height {Height}: {Evidence}",
        [$"{evidence.Offender}", evidence.Height, evidence.GetType().Name]);

    internal static void ClockBehind(ulong milliseconds) => Write(LogEventLevel.Warning,
        "our clock is {Milliseconds} ms behind the last block: no block can be proposed here until it is past; "
        + "check the clock", [milliseconds]);

    internal static void LevelChanged(LogEventLevel level) => Write(LogEventLevel.Warning,
        "from now on {Level} and above is logged", [LogLevels.NameOf(level)]);

    private static void Write(LogEventLevel level, string words, object[] values, [CallerMemberName] string name = "")
    {
        if (!quiet && logger.IsEnabled(level))
            logger.ForContext(JsonLine.Event, name).Write(level, words, values);
    }

    private static Logger Open(LogOptions options)
    {
        ITextFormatter formatter = options.Json ? new JsonLine() : new TextLine();
        var log = new LoggerConfiguration().MinimumLevel.ControlledBy(Threshold);
        return (options.File is { } path
            ? log.WriteTo.File(formatter, path, fileSizeLimitBytes: options.FileBytes, rollOnFileSizeLimit: true,
                retainedFileCountLimit: LogLimits.Files)
            : log.WriteTo.Sink(new ErrorStream(formatter))).CreateLogger();
    }

    // A log that fails later must not stop a node; one that cannot even begin is a mistake to be told of.
    private static void RequireWritable(string path)
    {
        try
        {
            new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"cannot write the log '{path}'",
                char.ToLowerInvariant(e.Message[0]) + e.Message[1..].TrimEnd('.'));
        }
    }
}
