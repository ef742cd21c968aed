using System.Diagnostics;
using Ledger.Consensus.Chain;
using Ledger.Node.Http;

namespace Ledger.Node.Cli.Doctor;

/// <summary>
/// The wall clock, which block times need. Alone a machine can tell that its clock jumps or that nothing keeps it
/// right, but not that it is right: for that somebody else's clock is needed, and a block holds its proposer's.
/// </summary>
internal static class ClockCheck
{
    private const string Local = "clock", AmongPeers = "clock and peers";

    private const string HowToKeepIt = "timedatectl set-ntp true";

    // An NTP daemon slews by 0.5 ms a second at most; more than this in half a second is a step.
    private const double StepMs = 20;

    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(500);

    /// <summary>Watches the clock for half a second.</summary>
    internal static async Task<Finding> Own(CancellationToken stop)
    {
        var (wall, steady) = (TimeProvider.System.GetUtcNow(), Stopwatch.GetTimestamp());
        await Task.Delay(Watch, stop);
        var (later, passed) = (TimeProvider.System.GetUtcNow(), Stopwatch.GetElapsedTime(steady));
        return Own(KernelClock.Read(), (later - wall - passed).TotalMilliseconds);
    }

    /// <param name="kernel">What the system says of its clock.</param>
    /// <param name="jumpMs">By how much the wall clock went on more than a clock that never jumps.</param>
    internal static Finding Own(KernelClock? kernel, double jumpMs) => kernel switch
    {
        _ when Math.Abs(jumpMs) > StepMs => Finding.Fail(Local,
            $"it jumped by {jumpMs:0} ms within half a second: something sets it in steps", HowToKeepIt),
        { IsKept: true } => Finding.Ok(Local,
            $"no jump in half a second; the system keeps it right within {kernel.ErrorMs} ms, by its own word"),
        { IsKept: false } => Finding.Warn(Local,
            "no jump in half a second, but nothing on this system keeps it right; "
            + "only a running node can compare it",
            HowToKeepIt),
        null => Finding.Warn(Local,
            "no jump in half a second; the system does not say whether it is kept right", HowToKeepIt),
    };

    /// <summary>Compares our clock with that of the last block's proposer: the block's time, and when we had
    /// it.</summary>
    internal static Finding Peers(StatusView status, BlockView block, ulong nowMs, ChainParameters chain)
    {
        if (status.CommitAge is not { } age || status.Syncing)
            return Finding.Warn(AmongPeers, "not compared: this node has not caught up", "ledger doctor");
        if (block.Proposer == status.Address)
            return Finding.Warn(AmongPeers, "not compared: the last block is our own", "ledger doctor");
        var delay = (long)(nowMs - age) - (long)block.Time;
        return delay switch
        {
            _ when delay < -(long)chain.Precision => Finding.Fail(AmongPeers,
                $"our clock is {-delay} ms or more behind the proposer of block {block.Height}: "
                + "our votes come too late",
                HowToKeepIt),
            _ when delay < -(long)chain.Precision / 2 => Finding.Warn(AmongPeers,
                $"our clock is {-delay} ms or more behind the proposer of block {block.Height}; "
                + $"the chain bears {chain.Precision} ms", HowToKeepIt),
            _ when delay > (long)(chain.Precision + chain.MessageDelay) => Finding.Warn(AmongPeers,
                $"block {block.Height} came {delay} ms after its time: our clock is ahead, or blocks take that long",
                HowToKeepIt),
            _ => Finding.Ok(AmongPeers,
                $"block {block.Height} of another proposer came {delay} ms after its time; the chain bears "
                + $"{chain.Precision} ms early and {chain.MessageDelay + chain.Precision} ms late"),
        };
    }
}
