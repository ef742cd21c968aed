using System.Formats.Tar;
using System.IO.Compression;
using Ledger.Consensus.Chain;
using Ledger.Node.Cli;
using Ledger.Node.Storage;

namespace Ledger.Node.Tests.Cli;

/// <summary>A backup brings key and data back, and never a vote.</summary>
public sealed class BackupTests
{
    private TemporaryHome folder = null!;

    private string Home => folder.File("home");

    private string Backup => folder.File("backup.tgz");

    [SetUp]
    public async Task MakeHome()
    {
        folder = new();
        (await CommandLine.Run("keys", "new", "--home", Home, "--no-passphrase")).Result();
        Directory.CreateDirectory(Path.Combine(Home, "shards"));
        Directory.CreateDirectory(Path.Combine(Home, "chain"));
        foreach (var name in (string[])["owner", "votes.log", "api-token", "shards/a.shard", "chain/CURRENT"])
            File.WriteAllText(Path.Combine(Home, name), $"the content of {name}");
    }

    [TearDown]
    public void RemoveAll() => folder.Dispose();

    [Test]
    public async Task Key_and_data_come_back_and_nothing_that_could_vote_twice()
    {
        var made = await CommandLine.Run("backup", "-o", Backup, "--home", Home);
        Assert.That(made.Error, Does.StartWith("warning: the key in it is readable"));
        Assert.That(File.GetUnixFileMode(Backup), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(Names(), Is.EqualTo(new[] { "backup.json", "key.json", "owner", "shards/a.shard" }));

        var back = folder.File("back");
        (await CommandLine.Run("restore", Backup, "--home", back)).Result();

        Assert.That(Directory.GetFileSystemEntries(back).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "key.json", "owner", "shards", "guard" }));
        Assert.That(
            File.ReadAllText(Path.Combine(back, "shards/a.shard")), Is.EqualTo("the content of shards/a.shard"));
        Assert.That(File.ReadAllText(Path.Combine(back, "key.json")),
            Is.EqualTo(File.ReadAllText(Path.Combine(Home, "key.json"))));
        Assert.That(OwnerOnly.Holds(Path.Combine(back, "key.json")) && OwnerOnly.Holds(back));
    }

    [Test]
    public async Task A_restored_key_signs_nothing_whatever_it_is_asked()
    {
        await BackUp();
        (await CommandLine.Run("restore", Backup, "--home", folder.File("back"))).Result();
        using var key = Some.Key(1);
        using var guard = SignGuard.Open(
            DiskFile.Open(folder.File("back/guard")), Some.Digest(200), key.PublicKey);

        Assert.That(guard.IsSealed);
        foreach (var height in (ulong[])[1, 1_000_000, ulong.MaxValue])
        {
            var vote = new Vote(VoteKind.Precommit, height, 0, Some.Digest(1), new(key.PublicKey));
            Assert.That(guard.Sign(vote, Some.Digest(200), key), Is.Null);
            Assert.That(guard.Sign(new Proposal(height, 0, null, Some.Digest(1), new(key.PublicKey)),
                Some.Digest(200), key), Is.Null);
            Assert.That(guard.IsStrange(vote), Is.False, "what the lost home has signed is no reason to stop");
        }
    }

    [Test]
    public async Task The_doctor_says_that_the_guard_is_sealed()
    {
        await BackUp();
        (await CommandLine.Run("restore", Backup, "--home", folder.File("back"))).Result();
        Assert.That((await CommandLine.Run("doctor", "--home", folder.File("back"), "--listen", "127.0.0.1:0")).Output,
            Does.Contain("its key votes no more"));
    }

    [Test]
    public async Task A_home_that_is_in_use_is_not_written_over()
    {
        await BackUp();
        (await CommandLine.Run("restore", Backup, "--home", Home)).IsMistake(ExitCode.Failed,
            $"the home '{Home}' is not empty", "a restored home begins empty; take another --home");
        Assert.That((await CommandLine.Run("backup", "-o", Backup, "--home", Home)).Error,
            Does.Contain("there is a file already"));
    }

    [Test]
    public async Task What_is_no_whole_backup_makes_no_home([Values(0, 10, 200, -20, -1)] int bytes)
    {
        await BackUp();
        var content = File.ReadAllBytes(Backup);
        File.WriteAllBytes(Backup, content[..(bytes < 0 ? content.Length + bytes : bytes)]);
        var outcome = await CommandLine.Run("restore", Backup, "--home", folder.File("back"));
        if (outcome.Code == ExitCode.Done)
            Assert.That(File.Exists(folder.File("back/guard")), "what a cut left whole is whole");
        else
            Assert.That(outcome.Error, Does.StartWith($"error: the backup '{Backup}' is damaged: "));
        Assert.That(Directory.Exists(folder.File("back")), Is.EqualTo(outcome.Code == ExitCode.Done));
    }

    [TestCase("guard"), TestCase("../escaped"), TestCase("votes.log"), TestCase("shards/../../escaped")]
    public async Task A_file_that_must_not_come_back_is_refused(string name)
    {
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("x"u8));
        var about = $$$"""{"version":1,"address":"","encrypted":false,"files":{"{{{name}}}":"{{{hash}}}"}}""";
        Write(("backup.json", about), (name, "x"));
        (await CommandLine.Run("restore", Backup, "--home", folder.File("back"))).IsMistake(ExitCode.Failed,
            $"the backup '{Backup}' is damaged: '{name}' does not belong there", "take another copy of it");
        Assert.That(File.Exists(folder.File("escaped")) || Directory.Exists(folder.File("back")), Is.False);
    }

    [Test]
    public async Task Content_that_was_changed_is_noticed()
    {
        Write(("backup.json", """{"version":1,"address":"","encrypted":false,"files":{"key.json":"00"}}"""),
            ("key.json", "x"));
        (await CommandLine.Run("restore", Backup, "--home", folder.File("back"))).IsMistake(ExitCode.Failed,
            $"the backup '{Backup}' is damaged: 'key.json' is not what it was", "take another copy of it");
    }

    private async Task BackUp() => (await CommandLine.Run("backup", "-o", Backup, "--home", Home)).Result();

    private List<string> Names()
    {
        using var tar = new TarReader(new GZipStream(File.OpenRead(Backup), CompressionMode.Decompress));
        var names = new List<string>();
        while (tar.GetNextEntry() is { } entry)
            names.Add(entry.Name);
        return names;
    }

    private void Write(params (string Name, string Content)[] files)
    {
        using var tar = new TarWriter(new GZipStream(File.Create(Backup), CompressionLevel.Fastest));
        foreach (var (name, content) in files)
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name)
            {
                DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content)),
            });
    }
}
