namespace Ledger.Node.Storage;

/// <summary>The files in a directory of this machine.</summary>
internal sealed class HomeDisk(string directory) : IDisk
{
    public string PathOf(string name) => Path.Combine(directory, name);

    public long FreeBytes => new DriveInfo(directory).AvailableFreeSpace;

    public bool Has(string name) => File.Exists(PathOf(name));

    public IFile Open(string name) => DiskFile.Open(PathOf(name));
}
