namespace Ledger.Node.Storage;

/// <summary>How often this process has waited for a disk: what a height costs, for those who measure.</summary>
internal static class DiskSyncs
{
    private static ulong total;

    internal static ulong Total => Interlocked.Read(ref total);

    internal static void Note() => Interlocked.Increment(ref total);
}
