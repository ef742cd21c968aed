using Ledger.Node.Cli;
using Ledger.Node.Tests.Tidy;

namespace Ledger.Node.Tests.Cli;

/// <summary>Genesis files as a person makes, edits and spoils them.</summary>
public class GenesisTests
{
    private readonly TemporaryHome home = new();
    private string good = "";

    [OneTimeSetUp]
    public async Task Make()
    {
        var outcome = await CommandLine.Run(
            "genesis", "new", "--dev", "--data", "digits", "--time", "2026-01-01T00:00:00Z", "-o",
            home.File("good.json"));
        outcome.Result();
        good = File.ReadAllText(home.File("good.json"));
    }

    [OneTimeTearDown]
    public void Remove() => home.Dispose();

    [Test]
    public async Task A_new_genesis_is_found_good_and_has_a_digest()
    {
        var hash = (await CommandLine.Run("genesis", "hash", home.File("good.json"))).Result().Trim();
        Assert.That((await CommandLine.Run("genesis", "check", home.File("good.json"))).Result(),
            Does.StartWith($"ok {hash}\n"));
        Assert.That(hash, Has.Length.EqualTo(64));
    }

    [Test]
    public async Task The_testnets_genesis_is_what_its_command_makes()
    {
        (await CommandLine.Run("genesis", "new", "--dev", "--chain-id", "ledger-testnet", "--time",
            "2026-01-01T00:00:00Z", "--data", "digits", "--rounds", "100", "--patience", "0", "-o",
            home.File("testnet.json"))).Result();
        Assert.That(File.ReadAllText(SourceTree.Absolute("genesis.json")),
            Is.EqualTo(File.ReadAllText(home.File("testnet.json"))));
    }

    [Test]
    public async Task White_space_and_comments_are_not_another_network()
    {
        var spaced = home.Write("spaced.json", "// ours\n" + good.Replace("\n", "\n  ", StringComparison.Ordinal));
        Assert.That((await CommandLine.Run("genesis", "hash", spaced)).Result(),
            Is.EqualTo((await CommandLine.Run("genesis", "hash", home.File("good.json"))).Result()));
    }

    [TestCase("\"stake\": 10000", "\"stake\": 10", "validator 0 has stake 10",
        "give every validator at least minimum-stake (1000)")]
    [TestCase("\"accounts\"", "\"acounts\"", "the file has an unknown key 'acounts'", "did you mean 'accounts'?")]
    [TestCase("\"batch-size\"", "\"batch-sise\"", "task 'digits': its recipe does not read: 'batch-size' is missing",
        "compare with: ledger genesis new --data FILE")]
    [TestCase("\"seed\": 0", "\"seed\": 1", "task 'digits': 'initial-parameters' is not what the recipe gives",
        "the recipe gives 7a*")]
    public async Task What_is_wrong_is_said_with_the_file(string from, string to, string error, string hint)
    {
        var path = home.Write("bad.json", good.Replace(from, to, StringComparison.Ordinal));
        var outcome = await CommandLine.Run("genesis", "check", path);
        Assert.That(outcome.Error, Does.StartWith($"error: {path}: {error}\nhint: {hint.Split("7a*")[0]}"));
        Assert.That(outcome.Code, Is.EqualTo(ExitCode.Failed));
    }

    [Test]
    public async Task A_file_that_is_missing_is_named() =>
        (await CommandLine.Run("run", "--genesis", "nowhere.json", "--dev", "0")).IsMistake(ExitCode.Failed,
            "no file 'nowhere.json'", "make one with: ledger genesis new, or take genesis.json of the network");

    [Test]
    public async Task An_existing_genesis_is_not_replaced() =>
        (await CommandLine.Run("genesis", "new", "--dev", "-o", home.File("good.json"))).IsMistake(ExitCode.Failed,
            $"there is a file already: '{home.File("good.json")}'",
            "a genesis is a network's identity; choose another --out");

    [TestCase("site", null, "which column is the label?")]
    [TestCase("site", "siet", "no column 'siet'")]
    public async Task A_label_that_is_not_there_is_answered_with_the_columns(string columns, string? label,
        string error)
    {
        var data = home.Write("data.csv", $"age,{columns}\n1,a\n2,b\n");
        string[] named = label is null ? [] : ["--label", label];
        var outcome = await CommandLine.Run(
            ["genesis", "new", "--dev", "--data", data, "-o", home.File("x.json"), .. named]);
        outcome.IsMistake(ExitCode.Failed, $"data.csv: {error}", "columns are: age, site");
    }

    [Test]
    public async Task A_model_file_cut_short_is_refused()
    {
        var model = home.Write("cut.pt", "PK\u0003\u0004 and no more");
        var outcome = await CommandLine.Run("genesis", "new", "--dev", "--data", "digits", "--model", model, "-o",
            home.File("x.json"));
        Assert.That(outcome.Error, Does.StartWith("error: cut.pt is not a TorchScript file, or it is damaged")
            .And.Contain("\nhint: make one in PyTorch"));
        Assert.That(outcome.Code, Is.EqualTo(ExitCode.Failed));
    }

    [Test]
    public async Task An_address_with_a_wrong_letter_is_no_validator() =>
        (await CommandLine.Run("genesis", "new", "--validator",
            "led1t678ernzu7edu02g2lxgled3m57v40svyatlfw56hkquek9pff0qphxfs9=1000",
            "-o", home.File("x.json"))).IsMistake(ExitCode.Failed,
            "'led1t678ernzu7edu02g2lxgled3m57v40svyatlfw56hkquek9pff0qphxfs9' is no address",
            "an address starts with led1; one wrong letter spoils it");
}
