namespace Ledger.Node.Storage;

/// <summary>
/// An ordered map from bytes to bytes in named families, whose batches apply whole or not at all, also across a crash.
/// RocksDB, or a map in the memory of the simulator, whose disk breaks.
/// </summary>
internal interface IKeyValue : IDisposable
{
    /// <summary>What to call it in a message to a person.</summary>
    string Path { get; }

    /// <summary>Native memory in use: write buffers, table readers and the block cache.</summary>
    long MemoryBytes { get; }

    byte[]? Get(string family, ReadOnlySpan<byte> key);

    /// <summary>The pairs with from &lt;= key &lt; to, as they are when the enumeration starts.</summary>
    IEnumerable<(byte[] Key, byte[] Value)> Scan(
        string family, byte[]? from = null, byte[]? to = null, bool reverse = false);

    /// <summary>Applies the whole batch or nothing of it; when synced, it is on disk before this returns.</summary>
    void Write(WriteBatch batch, bool sync);

    /// <summary>Gives the space of a family's deleted keys back; other threads may go on.</summary>
    void Compact(string family);
}
