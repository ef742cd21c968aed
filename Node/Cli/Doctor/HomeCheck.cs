namespace Ledger.Node.Cli.Doctor;

/// <summary>The home: whether a node could write there, who else may enter, and how much room there is.</summary>
internal static class HomeCheck
{
    private const string Place = "home", Room = "disk";

    // RocksDB keeps old tables until new ones are whole; a full disk stops a validator in the middle of a block.
    private const ulong TooFew = 500_000_000, Few = 5_000_000_000;

    internal static Finding Directory(string path)
    {
        if (File.Exists(path))
            return Finding.Fail(Place, $"'{path}' is a file", "ledger doctor --home DIR");
        var existing = Existing(path);
        if (Refusal(existing) is { } why)
            return Finding.Fail(Place, $"cannot write to '{existing}': {why}", $"sudo chown $(id -u) '{existing}'");
        if (existing != path)
            return Finding.Ok(Place, $"'{path}' is not there yet, and can be made");
        return OwnerOnly.Holds(path)
            ? Finding.Ok(Place, $"'{path}' is writable, and nobody else may enter")
            : Finding.Fail(Place, $"others may enter '{path}'", $"chmod 700 '{path}'");
    }

    internal static Finding Disk(string path) => Disk((ulong)new DriveInfo(Existing(path)).AvailableFreeSpace);

    internal static Finding Disk(ulong free) => free switch
    {
        < TooFew => Finding.Fail(Room, $"{Figures.Bytes(free)} free: a node may stop at any moment", "df -h"),
        < Few => Finding.Warn(Room, $"{Figures.Bytes(free)} free: blobs and blocks will fill it", "df -h"),
        _ => Finding.Ok(Room, $"{Figures.Bytes(free)} free"),
    };

    // What a node would have to write in: the home, or the nearest directory above it that is there.
    private static string Existing(string path) =>
        System.IO.Directory.Exists(path) ? path : Existing(Path.GetDirectoryName(path) ?? "/");

    private static string? Refusal(string directory)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Options = FileOptions.DeleteOnClose,
        };
        try
        {
            using var probe = new FileStream(Path.Combine(directory, $".doctor-{Guid.NewGuid():N}"), options);
            probe.WriteByte(1);
            probe.Flush(flushToDisk: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message.Contains("denied", StringComparison.Ordinal) ? "permission denied" : "it takes no file";
        }
    }
}
