using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ledger.Node.Http;
using Ledger.Node.Storage;

namespace Ledger.Node.Cli;

/// <summary>
/// What of a home nobody else has: its key and its rows of data, in one file. What the key has signed is left out on
/// purpose. It would be older than the last signature as soon as it is written, and a key that votes by an old record
/// may vote twice; so a restored home has a sealed guard, and follows, pays and contributes, but never votes.
/// </summary>
internal static class HomeBackup
{
    private const string About = "backup.json";
    private const string Hint = "make one with: ledger backup -o FILE";
    private const int Version = 1, EntriesMax = 10_000;
    private const long EntryBytesMax = 4L << 30, AboutBytesMax = 4 << 20;

    // A home of any age has these; the rest can be had again, or must not be.
    private static readonly string[] Kept = ["key.json", "owner", "peers"];

    /// <summary>What a backup says of itself: whose it is, and the SHA-256 of each file in it.</summary>
    internal sealed record Contents(
        int Version, string Address, bool Encrypted, SortedDictionary<string, string> Files);

    /// <summary>Writes a backup of a home, whether a node runs in it or not.</summary>
    internal static Contents Make(HomeDirectory home, string path)
    {
        var key = KeyFile.Read(home.KeyFile);
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in NamesIn(home))
            files[name] = HashOf(Path.Combine(home.Path, name));
        var contents = new Contents(Version, key.Address, key.Encrypted is not null, files);
        TextFile.RequireNone(path, "name another with -o");
        try
        {
            using var file = OwnerOnly.CreateFile(path);
            using (var zip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true))
            using (var tar = new TarWriter(zip))
            {
                Add(tar, About, new MemoryStream(Encoding.UTF8.GetBytes(ViewJson.Write(contents))));
                foreach (var name in files.Keys)
                    using (var content = File.OpenRead(Path.Combine(home.Path, name)))
                        Add(tar, name, content);
            }
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException(
                $"cannot write '{path}': {TextFile.Because(e)}", "name another file with -o");
        }
        return contents;
    }

    /// <summary>Makes a home of a backup, with a guard that lets its key vote never again.</summary>
    internal static Contents Restore(string path, HomeDirectory home)
    {
        if (!File.Exists(path))
            throw new OperatorException($"no file '{path}'", Hint);
        if (Directory.Exists(home.Path) && Directory.EnumerateFileSystemEntries(home.Path).Any())
            throw new OperatorException($"the home '{home.Path}' is not empty",
                "a restored home begins empty; take another --home");
        var part = home.Path + ".part";
        if (Directory.Exists(part))
            Directory.Delete(part, recursive: true);
        try
        {
            OwnerOnly.CreateDirectory(part);
            OwnerOnly.CreateDirectory(Path.Combine(part, "shards"));
            var contents = Unpack(path, part);
            KeyFile.Read(Path.Combine(part, "key.json"));
            // Before the home has its name: no restored key is ever without it.
            SignGuard.Seal(new HomeDisk(part).Open(SignGuard.FileName));
            if (Directory.Exists(home.Path))
                Directory.Delete(home.Path);
            Directory.Move(part, home.Path);
            return contents;
        }
        finally
        {
            if (Directory.Exists(part))
                Directory.Delete(part, recursive: true);
        }
    }

    private static IEnumerable<string> NamesIn(HomeDirectory home)
    {
        foreach (var name in Kept.Where(name => File.Exists(Path.Combine(home.Path, name))))
            yield return name;
        var shards = Path.Combine(home.Path, "shards");
        if (Directory.Exists(shards))
            foreach (var file in Directory.GetFiles(shards))
                if (!file.EndsWith(".new", StringComparison.Ordinal))
                    yield return $"shards/{Path.GetFileName(file)}";
    }

    private static void Add(TarWriter tar, string name, Stream content) =>
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name)
        {
            DataStream = content,
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });

    private static Contents Unpack(string path, string folder)
    {
        try
        {
            using var zip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            using var tar = new TarReader(zip);
            var contents = ReadAbout(path, tar.GetNextEntry());
            var missing = contents.Files.Keys.ToHashSet();
            while (tar.GetNextEntry() is { } entry)
                if (!missing.Remove(entry.Name) || !IsOurs(entry))
                    throw Damaged(path, $"'{entry.Name}' does not belong there");
                else
                    Extract(path, entry, Path.Combine(folder, entry.Name), contents.Files[entry.Name]);
            return missing.Count == 0 ? contents : throw Damaged(path, $"'{missing.First()}' is missing");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw Damaged(path, "it does not read to its end");
        }
    }

    private static Contents ReadAbout(string path, TarEntry? entry)
    {
        if (entry is not { Name: About, Length: < AboutBytesMax, DataStream: { } stream })
            throw Damaged(path, "it is no backup of a home");
        using var reader = new StreamReader(stream);
        try
        {
            var contents = JsonSerializer.Deserialize<Contents>(reader.ReadToEnd(), ViewJson.Options);
            return contents is { Version: Version, Files.Count: <= EntriesMax }
                ? contents
                : throw Damaged(path, "it is of another version");
        }
        catch (JsonException)
        {
            throw Damaged(path, "it is no backup of a home");
        }
    }

    // A name that leads out of the home, or to what a backup must never bring back.
    private static bool IsOurs(TarEntry entry) =>
        entry.EntryType == TarEntryType.RegularFile && entry.Length <= EntryBytesMax
        && (Kept.Contains(entry.Name)
            || entry.Name.Split('/') is ["shards", var name] && name.Length > 0 && name[0] != '.');

    private static void Extract(string path, TarEntry entry, string target, string hash)
    {
        using (var file = OwnerOnly.CreateFile(target))
        {
            entry.DataStream?.CopyTo(file);
            file.Flush(flushToDisk: true);
        }
        if (HashOf(target) != hash)
            throw Damaged(path, $"'{entry.Name}' is not what it was");
    }

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static OperatorException Damaged(string path, string how) =>
        new($"the backup '{path}' is damaged: {how}", "take another copy of it");
}
