namespace Ledger.Node.Storage;

/// <summary>
/// A file that one owner has to itself: what is written is durable after the next <see cref="Sync"/>, and until then
/// a crash may keep any part of it. What the disk refuses is a <see cref="StoreException"/>; after one, nobody knows
/// what the file holds. A real file, or one of the simulator, whose disk breaks.
/// </summary>
internal interface IFile : IDisposable
{
    /// <summary>What to call it in a message to a person.</summary>
    string Path { get; }

    /// <summary>Bytes.</summary>
    long Length { get; }

    byte[] ReadAll();

    void Write(ReadOnlySpan<byte> bytes, long offset);

    void SetLength(long length);

    /// <summary>Returns once all that was written is on disk.</summary>
    void Sync();
}

/// <summary>The files of one home, by name.</summary>
internal interface IDisk
{
    /// <summary>What to call a file in a message to a person.</summary>
    string PathOf(string name);

    bool Has(string name);

    /// <summary>Bytes that can still be written.</summary>
    long FreeBytes { get; }

    /// <summary>Opens a file, or makes an empty one whose name is durable when this returns.</summary>
    IFile Open(string name);
}
