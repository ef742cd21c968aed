using System.Text;
using Ledger.Consensus.Crypto;
using Ledger.Learning.Data;
using Ledger.Node.Tests.Storage;
using Ledger.Node.Training;

namespace Ledger.Node.Tests.Host;

/// <summary>Rows lie encrypted on the disk, and come back only to the key and the task that they belong to.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ShardStoreTests : IDisposable
{
    private const string Secret = "patients of the third ward";

    private static readonly Shard Rows = Shard.Of(
        Schema.Infer([Source.Digits()], "label").Encode(Source.Digits()).Take([0, 1, 2, 3, 4, 1]), seed: 1, 0.5);

    private static readonly Digest Task = Some.Digest(1);

    private readonly TemporaryDirectory directory = new();

    private string ShardPath => directory[Task + ".shard"];

    public void Dispose() => directory.Dispose();

    [Test]
    public void A_shard_comes_back_with_its_origin()
    {
        Put();
        var again = ShardStore.Open(directory.Path, Some.Key(1));

        Assert.That(again.Find(Task)!.Shard.Root, Is.EqualTo(Rows.Root));
        Assert.That(again.Snapshot()[0].Source, Is.EqualTo(Secret));
        Assert.That(again.Find(Task)!.Origin.Terms, Is.EqualTo("CC-BY-4.0"));
    }

    [Test]
    public void Nothing_of_the_rows_or_their_file_can_be_read_on_the_disk()
    {
        Put();
        var file = File.ReadAllBytes(ShardPath);

        Assert.That(Directory.GetFiles(directory.Path), Is.EqualTo(new[] { ShardPath }));
        Assert.That(file.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)), Is.EqualTo(-1));
        Assert.That(file.AsSpan().IndexOf(Written().AsSpan(16, 64)), Is.EqualTo(-1), "the first row");
        Assert.That(File.GetUnixFileMode(ShardPath), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void The_same_rows_look_different_each_time()
    {
        Put();
        var first = File.ReadAllBytes(ShardPath);
        Put();
        Assert.That(File.ReadAllBytes(ShardPath), Is.Not.EqualTo(first));
    }

    [Test]
    public void Another_key_cannot_open_it()
    {
        Put();
        Assert.That(() => ShardStore.Open(directory.Path, Some.Key(2)), Throws.TypeOf<OperatorException>()
            .With.Message.EndsWith("the shard is damaged, or was written with another key"));
    }

    [Test]
    public void A_file_under_the_name_of_another_task_is_refused()
    {
        Put();
        File.Move(ShardPath, directory[Some.Digest(2) + ".shard"]);
        Assert.That(() => ShardStore.Open(directory.Path, Some.Key(1)), Throws.TypeOf<OperatorException>());
    }

    [Test]
    public void Any_changed_byte_is_noticed([Values(0, 5, 17, 40, -1)] int at)
    {
        Put();
        var file = File.ReadAllBytes(ShardPath);
        file[at < 0 ? file.Length + at : at] ^= 1;
        File.WriteAllBytes(ShardPath, file);
        Assert.That(() => ShardStore.Open(directory.Path, Some.Key(1)), Throws.TypeOf<OperatorException>());
    }

    [Test]
    public void That_a_shard_was_taken_back_is_known_after_a_restart_until_another_takes_its_place()
    {
        Assert.That(Put().Remove(Task));

        var again = ShardStore.Open(directory.Path, Some.Key(1));
        Assert.That((again.Find(Task), again.Withdrawn.ToArray()), Is.EqualTo(((HomeShard?)null, new[] { Task })));
        Assert.That(again.Remove(Task), Is.False);

        Put();
        Assert.That(ShardStore.Open(directory.Path, Some.Key(1)).Withdrawn, Is.Empty);
    }

    [Test]
    public void A_crash_in_the_middle_of_taking_a_shard_back_leaves_it_taken_back()
    {
        Put();
        File.WriteAllBytes(directory[Task + ".withdrawn"], []);

        var again = ShardStore.Open(directory.Path, Some.Key(1));

        Assert.That((again.Find(Task), again.Withdrawn.ToArray()), Is.EqualTo(((HomeShard?)null, new[] { Task })));
        Assert.That(File.Exists(ShardPath), Is.False);
    }

    [Test]
    public void A_shard_of_a_thousand_files_comes_back()
    {
        var source = string.Join(", ", Enumerable.Range(0, 1_000).Select(i => $"ward-{i:D4}.csv"));
        Put(source);
        Assert.That(
            ShardStore.Open(directory.Path, Some.Key(1)).Snapshot()[0].Source, Is.EqualTo(source));
    }

    [Test]
    public void Terms_that_have_no_room_on_the_chain_are_refused()
    {
        Assert.That(() => ShardOrigin.Of("file.csv", new('a', 65)), Throws.TypeOf<OperatorException>()
            .With.Message.EqualTo("the terms are longer than 64 bytes"));
        Assert.That(ShardOrigin.Of("file.csv", new('a', 64)).Terms, Has.Length.EqualTo(64));
        Assert.That(() => ShardOrigin.Of("file.csv", "CC-BY\u001b[2J"), Throws.TypeOf<OperatorException>()
            .With.Message.EqualTo("the terms hold a control character"));
    }

    [Test]
    public void The_manifest_is_the_same_after_a_restart_and_another_for_another_key_row_or_origin()
    {
        var store = Put();
        var manifest = store.Find(Task)!.Manifest;
        Assert.That(manifest.Text, Does.Contain($"\"source\":\"{Secret}\"").And.Contain("\"held-out\":3"));
        Assert.That(ShardStore.Open(directory.Path, Some.Key(1)).Find(Task)!.Manifest, Is.EqualTo(manifest));

        var (origin, salt) = (new ShardOrigin(Secret, "CC-BY-4.0"), Some.Digest(3));
        Assert.That(ShardManifest.Of(Task, origin, Rows, salt).Digest, Is.Not.EqualTo(manifest.Digest),
            "who knows all but the salt cannot tell");
        var others = new[]
        {
            ShardManifest.Of(Some.Digest(2), origin, Rows, salt),
            ShardManifest.Of(Task, origin with { Source = "other.csv" }, Rows, salt),
            ShardManifest.Of(Task, origin with { Terms = "" }, Rows, salt),
            ShardManifest.Of(Task, origin, Shard.Of(Rows.Training, Rows.HeldOut, Rows.Validation), salt),
        };
        Assert.That(others.Append(ShardManifest.Of(Task, origin, Rows, salt)).Select(m => m.Digest), Is.Unique);
    }

    [Test]
    public void Rows_that_stand_there_twice_are_counted()
    {
        Assert.That(Rows.Repeated().Rows, Is.EqualTo(1));
        var (first, second) = (Rows.Training.Take([0]), Rows.Training.Take([0, 1]));
        Assert.That(Shard.Of(first, first.Take([]), second).Repeated(), Is.EqualTo((1, 1)),
            "one held-out row was trained on");
    }

    private static byte[] Written()
    {
        using var stream = new MemoryStream();
        Rows.Write(stream);
        return stream.ToArray();
    }

    private ShardStore Put(string source = Secret)
    {
        var store = ShardStore.Open(directory.Path, Some.Key(1));
        store.Put(Task, new(source, "CC-BY-4.0"), Written(), Rows);
        return store;
    }
}
