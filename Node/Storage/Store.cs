using System.Buffers.Binary;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;
using Ledger.Consensus.Tree;

namespace Ledger.Node.Storage;

/// <summary>
/// The chain on disk: blocks by height, the state of the tip as leaves, blobs by their id, and what this node must
/// not forget about its own commitments. A block is one synced batch: after a crash it is there with its state, or not
/// at all.
/// </summary>
internal sealed class Store : IDisposable
{
    private const string Blocks = "blocks", Sets = "validators", Leaves = "state";
    private const string Headers = "headers", Own = "own", Meta = "meta";
    private static readonly byte[] ChainIdKey = "chain-id"u8.ToArray(), RootKey = "state-root"u8.ToArray();

    private readonly IKeyValue db;
    private readonly StateNodes nodes;

    private Store(IKeyValue db) => (this.db, nodes, Blobs) = (db, new(db), new(db));

    /// <summary>The families that the database must have.</summary>
    internal static IReadOnlyList<string> Families { get; } =
        [Blocks, Sets, Headers, Leaves, StateNodes.Nodes, StateNodes.Stale, .. BlobStore.Families, Own, Meta];

    /// <summary>Opens or makes a store in a directory of this machine.</summary>
    internal static Store Open(string path, ChainState first, out ChainState tip) =>
        Open(RocksDb.Open(path, Families, new() { Uncached = [BlobStore.Chunks] }), first, out tip);

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
            var store = new Store(db);
            tip = db.Get(Meta, RootKey) is { } root ? store.Load(first, Digest.From(root)) : store.Begin(first);
            opened = true;
            return store;
        }
        finally
        {
            if (!opened)
                db.Dispose();
        }
    }

    /// <summary>
    /// Writes a decided block, its certificate and the state after it, durably and together; gives that state as it is
    /// once it is stored.
    /// </summary>
    internal ChainState Commit(Block block, CommitCertificate certificate, ChainState after)
    {
        var batch = new WriteBatch();
        batch.Put(Blocks, HeightKey(block.Header.Height),
            new Writer().Array(2).Bytes(block.Encoded).Bytes(certificate.Encode()).Written);
        var validators = new Writer();
        after.LastValidators.Write(validators);
        batch.Put(Sets, HeightKey(block.Header.Height), validators.Written);
        return Write(batch, after);
    }

    /// <summary>
    /// Puts the state of a snapshot, durably, in the place of the first one; the headers that led there are kept, so
    /// that others can be led there too. Blocks begin with the one after it.
    /// </summary>
    internal ChainState Adopt(Snapshot snapshot, ChainState state)
    {
        var batch = new WriteBatch();
        foreach (var family in (string[])[Leaves, StateNodes.Nodes, StateNodes.Stale])
            batch.DeleteRange(family, [], [byte.MaxValue]);
        foreach (var block in snapshot.Way.Append(snapshot.Last))
            Keep(batch, block);
        return Write(batch, state);
    }

    /// <summary>
    /// Goes back to the state after an earlier block, durably. The blocks after it stay: they were decided, and their
    /// states are to be computed again.
    /// </summary>
    internal ChainState Rewind(ChainState first, ulong height)
    {
        var tree = nodes.TreeOf(height)!;
        var leaves = tree.LeavesFrom(default).Select(leaf => (leaf.Key, leaf.Value))
            .OrderBy(leaf => leaf.Key, StateLeaves.KeyOrder).ToList();
        var state = StateLeaves.ToState(first, leaves);
        if (state is null || state.Tree.Root != tree.Root)
            throw StoreException.Damaged(db.Path, $"the leaves of height {height} are not its state");
        var batch = new WriteBatch();
        batch.DeleteRange(Leaves, [], [byte.MaxValue]);
        foreach (var (key, value) in leaves)
            batch.Put(Leaves, key, value);
        StateNodes.Rewind(batch, height);
        batch.Put(Meta, RootKey, tree.Root.ToArray());
        db.Write(batch, sync: true);
        return state with { Tree = tree };
    }

    /// <summary>
    /// The headers, ascending, that a snapshot came with or that pruning has left; none where blocks begin with the
    /// first.
    /// </summary>
    internal IEnumerable<LightBlock> HeadersOfSnapshot() => db.Scan(Headers).Select(h => ReadHeader(h.Value));

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

    /// <summary>The lowest block that is here; 0 where there is none.</summary>
    internal ulong FirstHeight() => db.Scan(Blocks).Select(b => BinaryPrimitives.ReadUInt64BigEndian(b.Key))
        .FirstOrDefault();

    /// <summary>
    /// Deletes a block and the blobs that it names, but for those that are needed; keeps <paramref name="header"/>
    /// where there is one. Gives the bytes that are free after a compaction.
    /// </summary>
    internal long Drop(ulong height, LightBlock? header, Lazy<HashSet<Digest>> needed)
    {
        if (Block(height) is not var (block, _))
            return 0;
        var batch = new WriteBatch();
        long bytes = db.Get(Blocks, HeightKey(height))!.Length;
        foreach (var id in BlobsOf(block).Where(id => !needed.Value.Contains(id)))
            bytes += Blobs.Delete(batch, id);
        if (header is not null)
            Keep(batch, header);
        batch.Delete(Blocks, HeightKey(height));
        batch.Delete(Sets, HeightKey(height));
        db.Write(batch, sync: false);
        return bytes;
    }

    /// <summary>Gives back the space of what was deleted. Takes its time; other threads go on with the store.</summary>
    internal void Compact()
    {
        foreach (var family in (string[])[Blocks, Sets, .. BlobStore.Families])
            db.Compact(family);
    }

    /// <summary>The commitment to the state after a block; null where it has been pruned or is yet to come.</summary>
    internal StateTree? TreeOf(ulong height) => nodes.TreeOf(height);

    /// <summary>What a light client needs of a block; null where it is not here.</summary>
    internal LightBlock? LightBlock(ulong height)
    {
        if (Block(height) is not var (block, certificate))
            return db.Get(Headers, HeightKey(height)) is { } kept ? ReadHeader(kept) : null;
        var reader = new Reader(db.Get(Sets, HeightKey(height)));
        var validators = ValidatorSet.Read(ref reader);
        return reader.Finished && validators?.Digest() == block.Header.Validators
            ? new(block.Header, certificate, validators)
            : throw StoreException.Damaged(Sets, $"the validators of block {height} are not those in its header");
    }

    /// <summary>What came of a task's rounds from a number on, in order: the recent ones as the state has them, the
    /// old ones from disk.</summary>
    internal IEnumerable<RoundResult> Results(LearningTask task, uint from)
    {
        var recent = task.Results[0].Number;
        var old = from < recent ? Results(task.Id, from, recent) : [];
        return old.Concat(task.Results.Where(result => result.Number >= from));
    }

    /// <summary>Blobs by their chunks, whole ones and those that are still coming.</summary>
    internal BlobStore Blobs { get; }

    /// <summary>A blob by its id; one whose bytes have changed on disk counts as damage.</summary>
    internal byte[]? Blob(Digest id) => Blobs.Content(id);

    internal bool HasBlob(Digest id) => Blobs.Has(id);

    /// <summary>Keeps a blob, durably, and gives its id.</summary>
    internal Digest PutBlob(byte[] blob) => Blobs.Put(blob);

    /// <summary>A note to ourselves that must survive a crash, such as the salt of a commitment.</summary>
    internal byte[]? Note(byte[] key) => db.Get(Own, key);

    internal void PutNote(byte[] key, byte[] value) => Put(Own, key, value);

    /// <summary>Native memory that the database uses.</summary>
    internal long MemoryBytes => db.MemoryBytes;

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

    private IEnumerable<RoundResult> Results(Digest task, uint from, uint before)
    {
        var results = db.Scan(Leaves, TaskLeaves.KeyOfResult(task, from), TaskLeaves.KeyOfResult(task, before));
        var payments = db.Scan(Leaves, TaskLeaves.KeyOfPayments(task, from), TaskLeaves.KeyOfPayments(task, before));
        foreach (var (result, paid) in results.Zip(payments))
            yield return TaskLeaves.ReadResult(result.Value) is { } read
                && TaskLeaves.ReadPayments(read, paid.Value) is { } whole
                    ? whole
                    : throw StoreException.Damaged(Leaves, $"a result of task {task.Short} does not decode");
    }

    private ChainState Begin(ChainState first) => Write(new(), first);

    private ChainState Write(WriteBatch batch, ChainState state)
    {
        foreach (var (key, value) in state.Tree.Changes)
            if (value is null)
                batch.Delete(Leaves, key);
            else
                batch.Put(Leaves, key, value);
        var kept = Math.Max(
            StorageLimits.StateVersionsMin, StorageLimits.SnapshotsKept * state.Parameters.SnapshotInterval);
        nodes.Put(batch, state.Tree, state.Height, state.Height < kept ? null : state.Height - kept);
        batch.Put(Meta, ChainIdKey, state.ChainId.ToArray());
        batch.Put(Meta, RootKey, state.Tree.Root.ToArray());
        db.Write(batch, sync: true);
        return state with { Tree = state.Tree.SavedTo(nodes.Read) };
    }

    private ChainState Load(ChainState first, Digest root)
    {
        var state = StateLeaves.ToState(first, db.Scan(Leaves));
        if (state is null || state.Tree.Root != root)
            throw StoreException.Damaged(db.Path,
                $"the state on disk does not have the root {root.Short} it was stored with");
        nodes.Check(new(state.Height, NodePath.Root), root);
        return state with { Tree = state.Tree.SavedTo(nodes.Read) };
    }

    private static IEnumerable<Digest> BlobsOf(Block block) =>
    [
        .. block.Transactions.Select(transaction => transaction.Body.Payload switch
        {
            Payload.RevealUpdate update => update.Blob,
            Payload.RevealRoot root => root.Blob,
            _ => default,
        }),
        .. block.Closings.SelectMany(closing => (Digest[])[closing.Parameters, closing.Server]),
    ];

    private static void Keep(WriteBatch batch, LightBlock header)
    {
        var writer = new Writer();
        header.Write(writer);
        batch.Put(Headers, HeightKey(header.Height), writer.Written);
    }

    private static LightBlock ReadHeader(byte[] bytes)
    {
        var reader = new Reader(bytes);
        var block = Consensus.Light.LightBlock.Read(ref reader);
        return reader.Finished && block is { IsConsistent: true }
            ? block
            : throw StoreException.Damaged(Headers, "a header is not what its certificate decided");
    }

    private static byte[] HeightKey(ulong height)
    {
        var key = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(key, height);
        return key;
    }
}
