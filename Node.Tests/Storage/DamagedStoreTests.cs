using Ledger.Node.Storage;

namespace Ledger.Node.Tests.Storage;

public class DamagedStoreTests
{
    private static readonly string[] Families = ["state"];

    private TemporaryDirectory home = null!;

    [SetUp]
    public void MakeStore()
    {
        home = new();
        // Closed twice, so that there are both a table and a log with records in it.
        for (var i = 0; i < 2; i++)
        {
            using var db = Open();
            RocksDbTests.Put(db, ($"key {i}", Incompressible(10_000)), ("tip", $"{i}"));
        }
    }

    [TearDown]
    public void RemoveStore() => home.Dispose();

    [Test]
    public void An_undamaged_store_opens() => Open().Dispose();

    [TestCase("CURRENT")]
    [TestCase("MANIFEST-*")]
    [TestCase("*.sst")]
    public void A_missing_file_is_reported_as_damage(string pattern) => AssertDamage(pattern, File.Delete);

    [TestCase("CURRENT")]
    [TestCase("MANIFEST-*")]
    [TestCase("*.sst")]
    public void A_file_cut_in_half_is_reported_as_damage(string pattern) =>
        AssertDamage(pattern, path =>
        {
            using var file = File.OpenWrite(path);
            file.SetLength(file.Length / 2);
        });

    [TestCase("CURRENT")]
    [TestCase("MANIFEST-*")]
    public void Garbage_is_reported_as_damage(string pattern) =>
        AssertDamage(pattern, path => File.WriteAllText(path, "garbage, and no newline at the end"));

    [Test]
    public void A_flipped_byte_in_the_log_is_reported_as_damage() => AssertDamage("*.log", path => Flip(path, 5000));

    [Test]
    public void A_flipped_byte_in_a_table_is_reported_when_it_is_read()
    {
        Flip(Only("*.sst"), 5000);
        using var db = Open();
        var damage = Assert.Throws<StoreException>(() => db.Get("state", "key 0"u8));
        Assert.That(damage.Message, Does.Contain("is damaged: Corruption"));
        // A scan must not end as if all was read.
        Assert.That(() => db.Scan("state").Count(), Throws.TypeOf<StoreException>());
    }

    [Test]
    public void A_second_opener_is_refused_by_name_of_the_directory()
    {
        using var db = Open();
        var refusal = Assert.Throws<StoreException>(() => Open());
        Assert.That(refusal.Message, Is.EqualTo($"home directory '{home.Path}' is in use by another process"));
        Assert.That(refusal.Hint, Is.EqualTo("is a node already running there?"));
    }

    [Test]
    public void A_store_of_a_newer_version_is_refused()
    {
        RocksDb.Open(home.Path, [.. Families, "future"], new()).Dispose();
        var refusal = Assert.Throws<StoreException>(() => Open());
        Assert.That(refusal.Message, Does.Contain("parts this version does not know").And.Contain("future"));
    }

    [Test]
    public void A_missing_library_is_named_by_its_package()
    {
        var absent = new NativeLibraryNames("absent", "libabsent-dev", ["libabsent.so", "libabsent.so.1"]);
        var missing = Assert.Throws<DllNotFoundException>(() => Native.Load(absent));
        Assert.That(missing.Message, Is.EqualTo(
            "the library 'libabsent.so' is missing: install the Debian package 'libabsent-dev'"));
    }

    private static string Incompressible(int length) =>
        new([.. Enumerable.Range(0, length).Select(i => (char)('!' + (i * i % 9973 % 90)))]);

    private static void Flip(string path, int position)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[position] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private void AssertDamage(string pattern, Action<string> damage)
    {
        damage(Only(pattern));
        var before = Files();
        var report = Assert.Throws<StoreException>(() => Open());
        Assert.That(report.Message, Does.StartWith($"the store '{home.Path}' is damaged: ").And.Not.Contain("\n"));
        Assert.That(
            report.Hint, Is.EqualTo("start a new home with a new key; an old copy of this one could vote twice"));
        Assert.That(Files(), Is.SupersetOf(before), "a damaged store must be left as it is");
        Assert.That(() => Open(), Throws.TypeOf<StoreException>(), "the second look must not find it repaired");
    }

    // LOG is RocksDB's diary, and grows with each attempt.
    private string[] Files() =>
        [.. Directory.GetFiles(home.Path).Where(file => !file.Contains("/LOG", StringComparison.Ordinal))];

    private string Only(string pattern) => Directory.GetFiles(home.Path, pattern).Max()!;

    private RocksDb Open() => RocksDb.Open(home.Path, Families, new());
}
