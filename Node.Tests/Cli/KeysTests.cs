using System.Runtime.Versioning;
using System.Text.Json;
using Ledger.Consensus.Chain;
using Ledger.Node.Cli;

namespace Ledger.Node.Tests.Cli;

/// <summary>Keys at rest: encrypted or owner-only, never overwritten, never lost in silence.</summary>
public class KeysTests
{
    private readonly TemporaryHome home = new();

    [OneTimeTearDown]
    public void Remove() => home.Dispose();

    [Test]
    [UnsupportedOSPlatform("windows")]
    public async Task A_new_key_is_only_its_owners_and_shows_who_it_is()
    {
        var path = home.File("plain");
        (await CommandLine.Run("keys", "new", "--home", path, "--no-passphrase")).Result();
        var shown = JsonDocument.Parse((await CommandLine.Run("keys", "show", "--home", path, "--json")).Result())
            .RootElement;
        Assert.That(Address.TryParse(shown.GetProperty("address").GetString()!, out _));
        Assert.That(shown.GetProperty("peer").GetString(), Does.StartWith("node1"));
        Assert.That(File.GetUnixFileMode(Path.Combine(path, "key.json")),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public async Task A_key_is_never_overwritten()
    {
        var path = home.File("twice");
        (await CommandLine.Run("keys", "new", "--home", path, "--no-passphrase")).Result();
        (await CommandLine.Run("keys", "new", "--home", path, "--no-passphrase")).IsMistake(ExitCode.Failed,
            $"there is a key already: '{path}/key.json'",
            "a key is never overwritten; take another --home, or move the file");
    }

    [Test]
    public async Task A_secret_moves_from_home_to_home()
    {
        var (from, to) = (home.File("from"), home.File("to"));
        (await CommandLine.Run("keys", "new", "--home", from, "--no-passphrase")).Result();
        var secret = (await CommandLine.Run("keys", "export", "--home", from)).Result();
        (await CommandLine.RunWith(secret, "keys", "import", "-", "--home", to, "--no-passphrase")).Result();
        Assert.That(KeyFile.Read($"{to}/key.json").Address, Is.EqualTo(KeyFile.Read($"{from}/key.json").Address));
    }

    [TestCase("")]
    [TestCase("12ab")]
    [TestCase("zz00000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task What_is_no_secret_is_not_imported(string text) =>
        (await CommandLine.RunWith(text, "keys", "import", "-", "--home", home.File("none"), "--no-passphrase"))
            .IsMistake(
            ExitCode.Failed, "'-' holds no secret key",
            "a secret is 64 hexadecimal digits, as 'ledger keys export' prints them");

    [Test]
    public async Task Only_the_passphrase_opens_an_encrypted_key()
    {
        var path = home.File("secret");
        var (right, wrong) = (home.Write("right", "correct horse\n"), home.Write("wrong", "correct house\n"));
        (await CommandLine.Run("keys", "new", "--home", path, "--passphrase-file", right)).Result();
        var secret = (await CommandLine.Run("keys", "export", "--home", path, "--passphrase-file", right)).Result()
            .Trim();
        Assert.That(File.ReadAllText($"{path}/key.json"), Does.Not.Contain(secret));
        (await CommandLine.Run("keys", "export", "--home", path, "--passphrase-file", wrong)).IsMistake(ExitCode.Failed,
            $"the passphrase does not open '{path}/key.json'", "try again; a lost passphrase cannot be recovered");
    }

    [Test]
    public async Task Another_passphrase_opens_the_key_and_the_old_one_no_more()
    {
        var path = home.File("changed");
        var (old, next) = (home.Write("old", "correct horse\n"), home.Write("next", "battery staple\n"));
        (await CommandLine.Run("keys", "new", "--home", path, "--passphrase-file", old)).Result();
        var secret = (await CommandLine.Run("keys", "export", "--home", path, "--passphrase-file", old)).Result();
        string[] passwd = ["keys", "passwd", "--home", path, "--new-passphrase-file", next, "--passphrase-file"];

        Assert.That((await CommandLine.Run([.. passwd, next])).Error, Does.Contain("does not open"));
        (await CommandLine.Run([.. passwd, old])).Result();

        Assert.That((await CommandLine.Run("keys", "export", "--home", path, "--passphrase-file", old)).Code,
            Is.EqualTo(ExitCode.Failed));
        Assert.That((await CommandLine.Run("keys", "export", "--home", path, "--passphrase-file", next)).Result(),
            Is.EqualTo(secret));
        Assert.That(Directory.GetFiles(path).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "key.json", "guard" }));
        Assert.That(OwnerOnly.Holds($"{path}/key.json"));
    }

    [Test]
    public void An_address_that_was_changed_in_the_file_is_noticed()
    {
        using var key = Some.Key(1);
        var forged = KeyFile.Of(key, "p") with { Address = KeyFile.Of(Some.Key(2), null).Address };
        Assert.That(() => forged.Open("key.json", () => "p"), Throws.TypeOf<OperatorException>());
    }

    [TestCase("{")]
    [TestCase("{\"address\":\"led1\",\"peer\":\"node1\"}")]
    public void A_damaged_key_file_is_called_damaged(string content)
    {
        var path = home.Write("damaged.json", content);
        Assert.That(() => KeyFile.Read(path).Open(path, () => ""), Throws.TypeOf<OperatorException>()
            .With.Message.EqualTo($"the key file '{path}' is damaged"));
    }

    [Test]
    public void A_home_belongs_to_one_chain_and_one_key()
    {
        var (bound, address) = (new HomeDirectory(home.Path), new Address(Some.Key(1).PublicKey));
        bound.BindTo(Some.Digest(1), address);
        Assert.That(() => bound.BindTo(Some.Digest(1), address), Throws.Nothing);
        Assert.That(() => bound.BindTo(Some.Digest(2), address), Throws.TypeOf<OperatorException>());
        Assert.That(() => bound.BindTo(Some.Digest(1), new(Some.Key(2).PublicKey)), Throws.TypeOf<OperatorException>());
    }

    [Test]
    public async Task Dev_keys_are_loud_and_never_change()
    {
        var outcome = await CommandLine.Run("keys", "show", "--dev", "0");
        Assert.That(outcome.Error, Does.StartWith("warning: dev key 0 is public"));
        Assert.That(outcome.Result(), Does.Contain("led1t678ernzu7edu02g2lxgled3m57v40svyatlfw56hkquek9pff0qphxfs0"));
    }
}
