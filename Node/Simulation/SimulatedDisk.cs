using System.Collections.Immutable;
using Ledger.Node.Storage;

namespace Ledger.Node.Simulation;

/// <summary>The simulated machine loses its power in the middle of what it does.</summary>
internal sealed class PowerCutException() : Exception("the power is gone");

/// <summary>
/// What one simulated machine keeps: files, and the store of the chain. It counts what is done to it, so that the power
/// can go at any operation; and it refuses what a broken or full disk refuses.
/// </summary>
internal sealed class SimulatedDisk : IDisk
{
    private static readonly ImmutableDictionary<string, ImmutableArray<SimulatedStore.Pair>> Nothing =
        ImmutableDictionary<string, ImmutableArray<SimulatedStore.Pair>>.Empty;

    private readonly SortedDictionary<string, SimulatedFile> files = new(StringComparer.Ordinal);
    private readonly string home;
    private readonly Dice dice;
    private bool cut;

    internal SimulatedDisk(string home, Dice dice)
    {
        (this.home, this.dice) = (home, dice);
        Store = new(this);
    }

    internal SimulatedStore Store { get; }

    /// <summary>Writes and syncs so far.</summary>
    internal long Operations { get; private set; }

    /// <summary>The operation at which the power goes; 0 for none.</summary>
    internal long CutAt { get; set; }

    /// <summary>Whether nothing more can be written.</summary>
    internal bool IsFull { get; set; }

    /// <summary>Whether the next sync fails; what it should have made durable may be lost or not.</summary>
    internal bool SyncFails { get; set; }

    /// <summary>Whether a sync of a file, or of the store, says that it is done without doing anything.</summary>
    internal bool FilesLie { get; init; }

    internal bool StoreLies { get; init; }

    /// <summary>Whether what is read is not what was written, and the checksums say so.</summary>
    internal bool IsRotten { get; set; }

    public string PathOf(string name) => $"{home}/{name}";

    public long FreeBytes => IsFull ? 0 : long.MaxValue;

    public bool Has(string name) => files.ContainsKey(name);

    public IFile Open(string name)
    {
        if (!files.TryGetValue(name, out var file))
            files[name] = file = new(this, name);
        return file;
    }

    /// <summary>The power goes now, and comes back to what was durable and some of the rest.</summary>
    internal void LosePower()
    {
        (cut, CutAt) = (false, 0);
        foreach (var file in files.Values)
            file.LosePower(dice);
        Store.LosePower(dice);
    }

    /// <summary>Removes a file as a person would.</summary>
    internal void Remove(string name) => files.Remove(name);

    /// <summary>Empties all files, but keeps the chain: who voted what is forgotten.</summary>
    internal void Forget()
    {
        foreach (var file in files.Values)
            file.Replace([]);
    }

    /// <summary>Removes everything.</summary>
    internal void Wipe() => Restore(new([], Nothing));

    /// <summary>All that is durable now.</summary>
    internal Backup BackUp() =>
        new([.. files.Select(f => (f.Key, f.Value.Durable.ToArray()))], Store.Durable());

    internal void Restore(Backup backup)
    {
        files.Clear();
        foreach (var (name, content) in backup.Files)
            ((SimulatedFile)Open(name)).Replace(content);
        Store.Replace(backup.Store);
    }

    /// <summary>Takes the chain back to what it was in a backup, or to nothing, and leaves the files.</summary>
    internal void RestoreStore(Backup? backup) => Store.Replace(backup?.Store ?? Nothing);

    internal void Read()
    {
        if (IsRotten)
            throw StoreException.Damaged(home, "a checksum is wrong");
    }

    /// <summary>Begins a write of so many bytes; gives how many of them the power lasts for.</summary>
    internal int Write(int bytes)
    {
        if (IsFull)
            throw new StoreException(
                $"cannot write to '{home}': the disk is full", "free some space, then start again");
        cut = ++Operations == CutAt;
        return cut ? dice.Below(bytes + 1) : bytes;
    }

    /// <summary>Begins a sync; false where it pretends.</summary>
    internal bool Sync(bool lies)
    {
        cut = ++Operations == CutAt;
        if (cut && dice.Chance(0.5))
            throw new PowerCutException();
        if (!SyncFails)
            return !lies;
        SyncFails = false;
        throw new StoreException($"the disk refuses '{home}': input/output error", "check it, then start again");
    }

    /// <summary>Ends an operation: here the power may go.</summary>
    internal void Interrupt()
    {
        if (cut)
            throw new PowerCutException();
    }

    /// <summary>A copy of a disk.</summary>
    internal sealed record Backup(
        ImmutableArray<(string Name, byte[] Content)> Files,
        ImmutableDictionary<string, ImmutableArray<SimulatedStore.Pair>> Store);
}
