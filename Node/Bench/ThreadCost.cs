using System.Runtime.InteropServices;

namespace Ledger.Node.Bench;

/// <summary>What the calling thread has used since it started: processor time and managed memory.</summary>
internal readonly partial record struct ThreadCost(double CpuUs, long AllocatedBytes)
{
    private const int ThreadCpuClock = 3;

    internal static ThreadCost Now()
    {
        _ = clock_gettime(ThreadCpuClock, out var time);
        return new(time.Seconds * 1e6 + time.Nanoseconds / 1e3, GC.GetAllocatedBytesForCurrentThread());
    }

    public static ThreadCost operator -(ThreadCost left, ThreadCost right) =>
        new(left.CpuUs - right.CpuUs, left.AllocatedBytes - right.AllocatedBytes);

    public static ThreadCost operator +(ThreadCost left, ThreadCost right) =>
        new(left.CpuUs + right.CpuUs, left.AllocatedBytes + right.AllocatedBytes);

    private struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out TimeSpec time);
}
