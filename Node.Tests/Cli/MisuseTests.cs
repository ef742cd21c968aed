using System.Globalization;
using Ledger.Node.Cli;

namespace Ledger.Node.Tests.Cli;

/// <summary>Command lines with a slip of the finger: two lines on stderr, exit code 2, and nothing done.</summary>
public class MisuseTests
{
    [TestCase("devnt", "unknown command 'devnt'", "did you mean 'devnet'?")]
    [TestCase("keys nwe", "unknown command 'nwe'", "did you mean 'new'?")]
    [TestCase("keys", "'ledger keys' needs a command", "one of: new, show, export, import, passwd")]
    [TestCase("keys new --hme x", "unknown option '--hme'", "did you mean '--home'?")]
    [TestCase("shard add --part 1/2 --taks a f.csv", "unknown option '--taks'", "did you mean '--task'?")]
    [TestCase("shard add", "'ledger shard add' needs FILE", "see: ledger shard add --help")]
    [TestCase("run", "'ledger run' needs --genesis FILE", "see: ledger run --help")]
    [TestCase("run --genesis", "--genesis needs a value: --genesis FILE", "see: ledger run --help")]
    [TestCase("devnet --nodes four", "'four' is no value for --nodes", "see: ledger devnet --help")]
    [TestCase("account stake -5", "TOKENS is -5", "give a number that is not negative")]
    [TestCase("devnet --rounds 0", "a task of 0 rounds learns nothing", "give rounds from 1")]
    [TestCase("devnet --rounds -4", "--rounds is -4", "give a number that is not negative")]
    [TestCase("account stake much", "'much' is no TOKENS", "see: ledger account stake --help")]
    [TestCase("peers now", "'ledger peers' does not take 'now'", "see: ledger peers --help")]
    [TestCase("genesis new --peer @127.0.0.1:9571 --dta f.csv -o unwritten.json", "unknown option '--dta'",
        "did you mean '--data'?")]
    [TestCase("run --genesis g.json --log-level loud", "'loud' is no log level",
        "known are: debug, info, warning, error")]
    [TestCase("run --genesis g.json --log-format jsn", "'jsn' is no log format", "did you mean 'json'?")]
    [TestCase("keys show --dev 4", "there is no dev key 4", "--dev takes 0 to 3")]
    [TestCase("devnet --nodes 0", "--nodes is 0", "give 1 to 64")]
    [TestCase("genesis new -o unwritten.json", "a network needs validators",
        "give --validator ADDR=STAKE, or --dev to try things")]
    public async Task A_slip_is_named_with_what_was_meant(string line, string error, string hint) =>
        (await CommandLine.Run(line.Split(' '))).IsMistake(ExitCode.Misused, error, hint);

    [Test]
    public async Task Without_a_command_there_is_help_and_a_misuse()
    {
        var outcome = await CommandLine.Run();
        Assert.That(outcome.Output, Does.Contain("devnet").And.Contain("keys"));
        Assert.That(outcome.Code, Is.EqualTo(ExitCode.Misused));
    }

    [TestCase("keys new", "ledger keys new --home try --no-passphrase")]
    [TestCase("run", "ledger run --genesis genesis.json --home node0 --dev 0")]
    [TestCase("model export", "ledger model export -o digits.safetensors")]
    public async Task Help_ends_with_examples(string command, string example)
    {
        var help = (await CommandLine.Run([.. command.Split(' '), "--help"])).Result();
        Assert.That(help[help.IndexOf("Examples:", StringComparison.Ordinal)..], Does.Contain(example));
    }

    [TestCase("1/4", 1, 4)]
    [TestCase("4/4", 4, 4)]
    public void A_part_is_a_number_of_a_number(string text, int index, int of) =>
        Assert.That(ShardAddCommand.PartOf(text), Is.EqualTo((index, of)));

    [TestCase("0/4")]
    [TestCase("5/4")]
    [TestCase("1")]
    [TestCase("1/4/2")]
    [TestCase("a/b")]
    public void Anything_else_is_no_part(string text) =>
        Assert.That(() => ShardAddCommand.PartOf(text), Throws.TypeOf<OperatorException>());

    [TestCase(9_999UL, "9999 B")]
    [TestCase(10_000UL, "10 kB")]
    [TestCase(123_456_789UL, "123.5 MB")]
    public void Bytes_read_like_bytes(ulong count, string text) => Assert.That(Figures.Bytes(count), Is.EqualTo(text));

    [Test]
    public void Numbers_stand_right_and_words_left()
    {
        var table = TextTable.Of(["name", "count"],
            new[] { 7, 1000 }.Select(n => (string[])["a", n.ToString(CultureInfo.InvariantCulture)]));
        Assert.That(table, Is.EqualTo("name  count\na         7\na      1000"));
    }
}
