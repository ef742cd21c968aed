using System.Collections.Immutable;
using System.Text;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Learning;
using Ledger.Learning.Data;
using Ledger.Node.Host;

namespace Ledger.Node.Training;

/// <summary>Where a shard's rows come from, and on what terms they may be learnt from: the file's name, a licence or a
/// consent.</summary>
internal readonly record struct ShardOrigin(string Source, string Terms)
{
    /// <summary>An origin whose terms have room on the chain.</summary>
    internal static ShardOrigin Of(string source, string terms)
    {
        if (Encoding.UTF8.GetByteCount(terms) > Consensus.Codec.Limits.NameCharsMax)
            throw new OperatorException($"the terms are longer than {Consensus.Codec.Limits.NameCharsMax} bytes",
                "name the document that says more", misuse: true);
        return Reader.IsLine(terms)
            ? new(source, terms)
            : throw new OperatorException("the terms hold a control character", "write one line of text", misuse: true);
    }
}

/// <summary>A shard in this home, and the task that it is for.</summary>
internal sealed record HomeShard(Digest Task, ShardOrigin Origin, Shard Shard, ShardManifest Manifest);

/// <summary>
/// This home's shards, one file a task: rows that never leave the machine, readable by their owner alone and encrypted
/// with a key derived from the node's, so that a disk or a backup without key and passphrase shows none. A shard is
/// there in whole or not at all.
/// </summary>
internal sealed class ShardStore
{
    private const string Ending = ".shard", WithdrawnEnding = ".withdrawn";
    private readonly string directory;
    private readonly ShardCipher cipher;
    private readonly SortedDictionary<Digest, HomeShard> shards = [];
    private readonly HashSet<Digest> withdrawn = [];

    private ShardStore(string directory, ShardCipher cipher) => (this.directory, this.cipher) = (directory, cipher);

    /// <summary>Reads all shards of a home.</summary>
    internal static ShardStore Open(string directory, SecretKey key)
    {
        Directory.CreateDirectory(directory);
        var store = new ShardStore(directory, new(key));
        foreach (var path in Directory.EnumerateFiles(directory))
            if (!Digest.TryParse(Path.GetFileNameWithoutExtension(path), out var task))
                continue;
            else if (Path.GetExtension(path) == WithdrawnEnding)
                store.withdrawn.Add(task.Value);
            else if (Path.GetExtension(path) == Ending)
                store.shards[task.Value] = store.Read(task.Value, path);
        // A crash came between the note and the deletion.
        foreach (var task in store.withdrawn.Where(store.shards.ContainsKey).ToList())
            store.Remove(task);
        return store;
    }

    /// <summary>One for each task.</summary>
    internal IReadOnlyCollection<HomeShard> All => shards.Values;

    /// <summary>Tasks whose shard was taken back and not replaced: an announcement of it may still be on its
    /// way.</summary>
    internal IReadOnlyCollection<Digest> Withdrawn => withdrawn;

    internal HomeShard? Find(Digest task) => shards.GetValueOrDefault(task);

    internal ImmutableArray<ShardSnapshot> Snapshot() => [.. All.Select(s => new ShardSnapshot(
        s.Task, s.Origin.Source, s.Origin.Terms, Digest.From(s.Shard.Root), s.Manifest, s.Shard.Training.Rows,
        s.Shard.Validation.Rows, s.Shard.HeldOut.Rows))];

    /// <summary>
    /// Keeps a shard, given as <see cref="Shard.Write"/> writes it and as it reads;
    /// replaces an earlier one of the task.
    /// </summary>
    internal HomeShard Put(Digest task, ShardOrigin origin, byte[] shard, Shard read)
    {
        // In this order: where both are found, the shard was to go.
        File.Delete(WithdrawnPathOf(task));
        withdrawn.Remove(task);
        Write(PathOf(task), cipher.Seal(task, origin, shard));
        return shards[task] = Of(task, origin, read);
    }

    /// <summary>Forgets a shard, and remembers that it is to be taken back on the chain; false where there is
    /// none.</summary>
    internal bool Remove(Digest task)
    {
        if (!shards.Remove(task))
            return false;
        Write(WithdrawnPathOf(task), []);
        withdrawn.Add(task);
        File.Delete(PathOf(task));
        return true;
    }

    private static void Write(string path, byte[] content)
    {
        using (var file = new FileStream(path + ".new", OwnerOnly))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(path + ".new", path, overwrite: true);
    }

    private static FileStreamOptions OwnerOnly => new()
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };

    /// <summary>A shard as it would be kept.</summary>
    internal HomeShard Of(Digest task, ShardOrigin origin, Shard shard) =>
        new(task, origin, shard, ShardManifest.Of(task, origin, shard, cipher.SaltOf(task, shard.Root)));

    private HomeShard Read(Digest task, string path)
    {
        try
        {
            var (origin, shard) = cipher.Open(task, File.ReadAllBytes(path), path);
            return Of(task, origin, Shard.Read(new MemoryStream(shard), path));
        }
        catch (DataException e)
        {
            throw new OperatorException(e.Message, "remove the file and add the shard again");
        }
    }

    private string PathOf(Digest task) => Path.Combine(directory, task + Ending);

    private string WithdrawnPathOf(Digest task) => Path.Combine(directory, task + WithdrawnEnding);
}
