using System.Buffers.Binary;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

namespace Ledger.Node.Storage;

/// <summary>
/// The chain on disk: blocks by height, the state of the tip as leaves, blobs by their hash, and what this node must
/// not forget about its own commitments. A block is one synced batch: after a crash it is there with its state, or not
/// at all.
/// </summary>
internal sealed class Store : IDisposable
{
    private const string Blocks = "blocks", StateLeaves = "state", Blobs = "blobs", Own = "own", Meta = "meta";
    private static readonly byte[] ChainIdKey = "chain-id"u8.ToArray(), RootKey = "state-root"u8.ToArray();

    private readonly IKeyValue db;
    private List<(byte[] Key, byte[] Value)> leaves;

    private Store(IKeyValue db, List<(byte[], byte[])> leaves) => (this.db, this.leaves) = (db, leaves);

    /// <summary>The families that the database must have.</summary>
    internal static IReadOnlyList<string> Families { get; } = [Blocks, StateLeaves, Blobs, Own, Meta];

    /// <summary>Opens or makes a store in a directory of this machine.</summary>
    internal static Store Open(string path, ChainState first, out ChainState tip) =>
        Open(RocksDb.Open(path, Families, new()), first, out tip);

    /// <summary>
    /// Takes the database of this chain over and gives the state of its tip; a new one starts with
    /// <paramref name="first"/>.
    /// </summary>
    internal static Store Open(IKeyValue db, ChainState first, out ChainState tip)
    {
        var opened = false;
        try
        {
            RefuseOtherChain(db, first.ChainId);
            tip = db.Get(Meta, RootKey) is { } root ? Load(db, first, Digest.From(root)) : first;
            opened = true;
            // Before the first block nothing is written yet, so that the first commit writes every leaf.
            return new(db, tip.Height == 0 ? [] : StateTree.Leaves(tip));
        }
        finally
        {
            if (!opened)
                db.Dispose();
        }
    }

    /// <summary>Writes a decided block, its certificate and the state after it, durably and together.</summary>
    internal void Commit(Block block, CommitCertificate certificate, ChainState after)
    {
        var next = StateTree.Leaves(after);
        var batch = new WriteBatch();
        batch.Put(Blocks, HeightKey(block.Header.Height),
            new Writer().Array(2).Bytes(block.Encode()).Bytes(certificate.Encode()).Written);
        PutChanges(batch, leaves, next);
        batch.Put(Meta, ChainIdKey, after.ChainId.ToArray());
        batch.Put(Meta, RootKey, StateTree.Root(next).ToArray());
        db.Write(batch, sync: true);
        leaves = next;
    }

    /// <summary>The block of a height with the certificate that decided it; null above the tip.</summary>
    internal (Block Block, CommitCertificate Certificate)? Block(ulong height)
    {
        if (db.Get(Blocks, HeightKey(height)) is not { } bytes)
            return null;
        var reader = new Reader(bytes);
        reader.Array(2);
        var good = Consensus.Chain.Block.TryDecode(reader.Bytes(Limits.BlockBytesMax), out var block)
            & CommitCertificate.TryDecode(reader.Bytes(Limits.BlockBytesMax), out var certificate) & reader.Finished;
        return good && certificate!.Block == block!.Id
            ? (block, certificate)
            : throw StoreException.Damaged("blocks", $"block {height} is not what its certificate decided");
    }

    /// <summary>A blob by its hash; one whose bytes have changed on disk counts as damage.</summary>
    internal byte[]? Blob(Digest id)
    {
        var blob = db.Get(Blobs, id.ToArray());
        return blob is null || Digest.OfBlob(blob) == id
            ? blob
            : throw StoreException.Damaged("blobs", $"blob {id} has other bytes");
    }

    internal bool HasBlob(Digest id) => db.Get(Blobs, id.ToArray()) is not null;

    /// <summary>Keeps a blob, durably, and gives its id.</summary>
    internal Digest PutBlob(byte[] blob)
    {
        var id = Digest.OfBlob(blob);
        Put(Blobs, id.ToArray(), blob);
        return id;
    }

    /// <summary>A note to ourselves that must survive a crash, such as the salt of a commitment.</summary>
    internal byte[]? Note(byte[] key) => db.Get(Own, key);

    internal void PutNote(byte[] key, byte[] value) => Put(Own, key, value);

    public void Dispose() => db.Dispose();

    private void Put(string family, byte[] key, byte[] value)
    {
        var batch = new WriteBatch();
        batch.Put(family, key, value);
        db.Write(batch, sync: true);
    }

    private static void RefuseOtherChain(IKeyValue db, Digest chainId)
    {
        if (db.Get(Meta, ChainIdKey) is { } kept && !kept.AsSpan().SequenceEqual(chainId.ToArray()))
            throw new StoreException(
                $"the store '{db.Path}' belongs to chain {Digest.From(kept).Short}, "
                + $"the genesis file to {chainId.Short}",
                "use another --home for another network");
    }

    private static ChainState Load(IKeyValue db, ChainState first, Digest root)
    {
        var state = StateTree.FromLeaves(first, db.Scan(StateLeaves));
        return state is not null && StateTree.Root(state) == root
            ? state
            : throw StoreException.Damaged(db.Path,
                $"the state on disk does not have the root {root.Short} it was stored with");
    }

    // Both lists ascend by key, so one walk finds what is new, changed or gone.
    private static void PutChanges(
        WriteBatch batch, List<(byte[] Key, byte[] Value)> old, List<(byte[] Key, byte[] Value)> now)
    {
        int i = 0, j = 0;
        while (i < old.Count || j < now.Count)
        {
            var order = i == old.Count ? 1 : j == now.Count ? -1 : old[i].Key.AsSpan().SequenceCompareTo(now[j].Key);
            if (order < 0)
                batch.Delete(StateLeaves, old[i].Key);
            else if (order > 0 || !old[i].Value.AsSpan().SequenceEqual(now[j].Value))
                batch.Put(StateLeaves, now[j].Key, now[j].Value);
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
    }

    private static byte[] HeightKey(ulong height)
    {
        var key = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(key, height);
        return key;
    }
}
