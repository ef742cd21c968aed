using System.Collections.Immutable;
using Ledger.Consensus.Crypto;
using Ledger.Learning;
using Ledger.Learning.Data;
using Ledger.Node.Host;

namespace Ledger.Node.Training;

/// <summary>
/// This home's shards, one file a task: rows that never leave the machine, readable by their owner alone. A shard is
/// there in whole or not at all.
/// </summary>
internal sealed class ShardStore
{
    private const string Ending = ".shard";
    private readonly string directory;
    private readonly SortedDictionary<Digest, (string Source, Shard Shard)> shards = [];

    private ShardStore(string directory) => this.directory = directory;

    /// <summary>Reads all shards of a home.</summary>
    internal static ShardStore Open(string directory)
    {
        Directory.CreateDirectory(directory);
        var store = new ShardStore(directory);
        foreach (var path in Directory.EnumerateFiles(directory, "*" + Ending))
            if (Digest.TryParse(Path.GetFileNameWithoutExtension(path), out var task))
                store.shards[task.Value] = Read(path);
        return store;
    }

    internal IReadOnlyCollection<Digest> Tasks => shards.Keys;

    internal Shard? Find(Digest task) => shards.TryGetValue(task, out var entry) ? entry.Shard : null;

    internal Digest RootOf(Digest task) => Digest.From(shards[task].Shard.Root);

    internal ImmutableArray<ShardSnapshot> Snapshot() => [.. shards.Select(s => new ShardSnapshot(
        s.Key, s.Value.Source, Digest.From(s.Value.Shard.Root), s.Value.Shard.Training.Rows,
        s.Value.Shard.HeldOut.Rows))];

    /// <summary>
    /// Keeps a shard, given as <see cref="Shard.Write"/> writes it and as it reads;
    /// replaces an earlier one of the task.
    /// </summary>
    internal void Put(Digest task, string source, byte[] shard, Shard read)
    {
        var path = PathOf(task);
        using (var file = new FileStream(path + ".new", OwnerOnly))
        {
            file.Write(shard);
            file.Flush(flushToDisk: true);
        }
        File.WriteAllText(path + ".source", source);
        File.Move(path + ".new", path, overwrite: true);
        shards[task] = (source, read);
    }

    internal bool Remove(Digest task)
    {
        File.Delete(PathOf(task));
        File.Delete(PathOf(task) + ".source");
        return shards.Remove(task);
    }

    private static FileStreamOptions OwnerOnly => new()
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };

    private static (string Source, Shard Shard) Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var source = File.Exists(path + ".source") ? File.ReadAllText(path + ".source") : Path.GetFileName(path);
            return (source, Shard.Read(file, path));
        }
        catch (DataException e)
        {
            throw new OperatorException(e.Message, "remove the file and add the shard again");
        }
    }

    private string PathOf(Digest task) => Path.Combine(directory, task + Ending);
}
