namespace Ledger.Node.Storage;

/// <summary>What a <see cref="RecordLog"/> held when it was opened.</summary>
/// <param name="Records">The payloads in the order they were appended.</param>
/// <param name="Length">How many bytes of the file they take.</param>
/// <param name="TornBytes">How many bytes of an unfinished record followed; zero after a clean stop.</param>
internal sealed record RecordReplay(IReadOnlyList<byte[]> Records, int Length, int TornBytes)
{
    // Well under a second of checksums.
    private const long MaxSearch = 1L << 30;

    /// <summary>
    /// Reads a whole log. False when a wrong record is followed by a good one: a crash can only tear the end, so that
    /// is damage, and <paramref name="replay"/> ends before it.
    /// </summary>
    internal static bool TryRead(ReadOnlySpan<byte> log, out RecordReplay replay)
    {
        var records = new List<byte[]>();
        var position = 0;
        while (Record.TryDecode(log[position..], out var payload))
        {
            records.Add(payload.ToArray());
            position += Record.HeaderSize + payload.Length;
        }

        replay = new(records, position, log.Length - position);
        return replay.TornBytes == 0 || !HoldsRecord(log[(position + 1)..]);
    }

    // The length of a wrong record is not to be believed, so a good one may start at any byte. Almost every position
    // is refused by its length alone; where a payload was made to look like many records, refuse the log rather than
    // search for ever.
    private static bool HoldsRecord(ReadOnlySpan<byte> log)
    {
        var searched = 0L;
        for (; log.Length > Record.HeaderSize; log = log[1..])
        {
            if (!Record.TryLength(log, out var length))
                continue;
            searched += length;
            if (searched > MaxSearch || Record.TryDecode(log, out _))
                return true;
        }

        return false;
    }
}
