using System.Runtime.InteropServices;

namespace Ledger.Node.Cli.Doctor;

/// <summary>What Linux says of its own clock: whether something keeps it right, and by how much it may be
/// wrong.</summary>
internal sealed partial record KernelClock(bool IsKept, ulong ErrorMs)
{
    private const int Unsynchronised = 5, Unknown = -1;

    /// <summary>ntp_gettime(3); null where the system does not say.</summary>
    internal static KernelClock? Read()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var state = ntp_gettimex(out var time);
        return state == Unknown ? null : new(state != Unsynchronised, (ulong)Math.Max(0, time.MaxErrorUs) / 1000);
    }

    [LibraryImport("libc")]
    private static partial int ntp_gettimex(out NtpTime time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct NtpTime(
        long Seconds, long Microseconds, long MaxErrorUs, long EstimatedErrorUs, long Offset, long Reserved1,
        long Reserved2, long Reserved3, long Reserved4);
}
