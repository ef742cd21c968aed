using System.Text;
using Ledger.Node.Storage;

namespace Ledger.Node.Tests.Storage;

public class RocksDbTests
{
    private static readonly string[] Families = ["blocks", "state"];

    private TemporaryDirectory home = null!;

    [SetUp]
    public void MakeHome() => home = new();

    [TearDown]
    public void RemoveHome() => home.Dispose();

    [Test]
    public void Column_families_do_not_see_each_other()
    {
        using var db = Open();
        Put(db, ("tip", "1"));
        Assert.That((Get(db, "state", "tip"), Get(db, "blocks", "tip")), Is.EqualTo(("1", (string?)null)));
    }

    [Test]
    public void An_empty_value_is_not_a_missing_one()
    {
        using var db = Open();
        Put(db, ("empty", ""));
        Assert.That(db.Get("state", "empty"u8), Is.Empty.And.Not.Null);
    }

    [Test]
    public void Values_survive_a_reopening_that_adds_a_family()
    {
        using (var db = Open())
            Put(db, ("tip", "7"));
        using var again = RocksDb.Open(home.Path, [.. Families, "evidence"], new());
        Assert.That((Get(again, "state", "tip"), Get(again, "evidence", "tip")), Is.EqualTo(("7", (string?)null)));
    }

    [Test]
    public void A_batch_applies_as_a_whole_and_not_before_it_is_written()
    {
        using var db = Open();
        Put(db, ("a", "old"), ("b1", "x"), ("b2", "x"), ("c", "x"));
        var batch = new WriteBatch();
        batch.Put("blocks", "1"u8, "block"u8);
        batch.Delete("state", "a"u8);
        batch.DeleteRange("state", "b"u8, "c"u8);
        Assert.That(Keys(db.Scan("state")), Is.EqualTo("a b1 b2 c"));

        db.Write(batch, sync: true);

        Assert.That((Keys(db.Scan("state")), Keys(db.Scan("blocks"))), Is.EqualTo(("c", "1")));
    }

    [Test]
    public void A_batch_never_applies_in_part([Range(0, 36, 4)] int lostBytes)
    {
        using (var db = Open())
        {
            Put(db, ("a", "before"), ("b", "before"));
            Put(db, ("a", "after"), ("b", "after"));
        }

        // What a crash leaves of the last write: its log record, cut short.
        CutLog(lostBytes);

        using var again = Open();
        Assert.That(Get(again, "state", "a"), Is.EqualTo(Get(again, "state", "b")));
        Assert.That(Get(again, "state", "a"), Is.EqualTo(lostBytes == 0 ? "after" : "before"));
    }

    [Test]
    public void A_range_that_ends_before_it_starts_is_a_mistake()
    {
        using var db = Open();
        var batch = new WriteBatch();
        Assert.That(() => batch.DeleteRange("state", "b"u8, "a"u8), Throws.ArgumentException);
    }

    [TestCase(null, null, false, "a b b1 b2 c", TestName = "A scan goes in byte order")]
    [TestCase(null, null, true, "c b2 b1 b a", TestName = "A reverse scan goes the other way")]
    [TestCase("b", "c", false, "b b1 b2", TestName = "A scan starts at its first bound and stops before its second")]
    [TestCase("b", "c", true, "b2 b1 b", TestName = "A reverse scan has the same bounds")]
    [TestCase("b1", null, true, "c b2 b1", TestName = "A bound may be open")]
    [TestCase("d", null, false, "", TestName = "A scan may find nothing")]
    public void Scans(string? from, string? to, bool reverse, string expected)
    {
        using var db = Open();
        Put(db, ("b2", ""), ("a", ""), ("b", ""), ("c", ""), ("b1", ""));
        Assert.That(Keys(db.Scan("state", Bytes(from), Bytes(to), reverse)), Is.EqualTo(expected));
    }

    [Test]
    public void A_prefix_scan_ends_with_the_prefix()
    {
        using var db = Open();
        Put(db, ("b2", ""), ("a", ""), ("b", ""), ("c", ""), ("b1", ""));
        Assert.That(Keys(db.ScanPrefix("state", "b"u8.ToArray())), Is.EqualTo("b b1 b2"));
        Assert.That(Keys(db.ScanPrefix("state", "b"u8.ToArray(), reverse: true)), Is.EqualTo("b2 b1 b"));
    }

    [TestCase(new byte[] { 1, 0xff }, new byte[] { 2 })]
    [TestCase(new byte[] { 0xff, 0xff }, null)]
    [TestCase(new byte[0], null)]
    public void After_a_prefix_comes_its_successor(byte[] prefix, byte[]? after) =>
        Assert.That(KeyRange.After(prefix), Is.EqualTo(after));

    [Test]
    public void A_scan_shows_the_moment_it_began()
    {
        using var db = Open();
        Put(db, ("a", ""), ("b", ""));
        using var scan = db.Scan("state").GetEnumerator();
        Assert.That(scan.MoveNext());
        Put(db, ("c", ""));
        Assert.That((scan.MoveNext(), scan.MoveNext()), Is.EqualTo((true, false)));
    }

    [Test]
    public void A_scan_outlives_the_closing_of_its_store()
    {
        var db = Open();
        Put(db, ("a", ""), ("b", ""));
        using (var scan = db.Scan("state").GetEnumerator())
        {
            Assert.That(scan.MoveNext());
            db.Dispose();
            Assert.That(scan.MoveNext());
            Assert.That(() => db.Get("state", "a"u8), Throws.TypeOf<ObjectDisposedException>());
        }

        Open().Dispose();
    }

    [Test]
    public void A_checkpoint_is_a_store_of_its_own()
    {
        using var db = Open();
        Put(db, ("tip", "1"));
        db.Checkpoint(home["copy"]);
        Put(db, ("tip", "2"));
        using var copy = RocksDb.Open(home["copy"], Families, new());
        Assert.That((Get(db, "state", "tip"), Get(copy, "state", "tip")), Is.EqualTo(("2", "1")));
    }

    [TestCase("")]
    [TestCase("none/copy")]
    public void A_checkpoint_needs_a_new_name_in_an_old_directory(string target)
    {
        using var db = Open();
        Assert.That(() => db.Checkpoint(home[target]),
            Throws.TypeOf<StoreException>().With.Message.StartsWith($"cannot make a checkpoint at '{home[target]}': "));
        db.Checkpoint(home["copy"]);
    }

    [Test]
    public void A_file_in_place_of_the_directory_is_one_line()
    {
        File.WriteAllText(home["store"], "");
        Assert.That(() => RocksDb.Open(home["store"], Families, new()),
            Throws.TypeOf<StoreException>().With.Message.StartsWith("cannot make the directory"));
    }

    [Test]
    public void Compaction_keeps_what_was_not_deleted()
    {
        using var db = Open();
        Put(db, ("a", "1"), ("b", "2"));
        var batch = new WriteBatch();
        batch.Delete("state", "a"u8);
        db.Write(batch, sync: false);
        db.Compact("state");
        Assert.That(Keys(db.Scan("state")), Is.EqualTo("b"));
    }

    [Test]
    public void Memory_is_bounded_by_the_options()
    {
        var options = new RocksDbOptions { BlockCacheBytes = 1 << 20, WriteBufferBytes = 2 << 20 };
        using var db = RocksDb.Open(home.Path, Families, options);
        var value = new byte[100_000];
        for (var i = 0; i < 200; i++)
        {
            new Random(i).NextBytes(value);
            var batch = new WriteBatch();
            batch.Put("state", BitConverter.GetBytes(i), value);
            db.Write(batch, sync: false);
        }

        Assert.That(db.Scan("state").Count(), Is.EqualTo(200));
        Assert.That(db.MemoryBytes, Is.Positive.And.LessThan(8 << 20));
    }

    internal static string? Get(RocksDb db, string family, string key) =>
        db.Get(family, Encoding.UTF8.GetBytes(key)) is { } value ? Encoding.UTF8.GetString(value) : null;

    internal static void Put(RocksDb db, params (string Key, string Value)[] pairs)
    {
        var batch = new WriteBatch();
        foreach (var (key, value) in pairs)
            batch.Put("state", Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
        db.Write(batch, sync: true);
    }

    private static string Keys(IEnumerable<(byte[] Key, byte[] Value)> pairs) =>
        string.Join(' ', pairs.Select(pair => Encoding.UTF8.GetString(pair.Key)));

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    private RocksDb Open() => RocksDb.Open(home.Path, Families, new());

    private void CutLog(int bytes)
    {
        using var log = File.OpenWrite(Directory.GetFiles(home.Path, "*.log").Max()!);
        log.SetLength(log.Length - bytes);
    }
}
