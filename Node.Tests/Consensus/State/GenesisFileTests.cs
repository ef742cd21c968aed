using Ledger.Consensus.Chain;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>Genesis files: one digest per network, and one clear line for each mistake.</summary>
public class GenesisFileTests
{
    private static readonly Genesis Good = new SomeChain().Genesis;

    private static readonly string Text = GenesisFile.Format(Good);

    private static GenesisException Error(string from, string to)
    {
        Assert.That(Text, Does.Contain(from));
        return Assert.Throws<GenesisException>(
            () => GenesisFile.Parse(Text.Replace(from, to, StringComparison.Ordinal)))!;
    }

    [Test]
    public void What_was_written_reads_as_the_same_network() =>
        Assert.That(GenesisFile.Parse(Text).Digest(), Is.EqualTo(Good.Digest()));

    [Test]
    public void White_space_and_comments_do_not_make_another_network()
    {
        var commented = "// a network\n" + Text.Replace("\n", " /* x */ \r\n\t", StringComparison.Ordinal);
        Assert.That(GenesisFile.Parse(commented).Digest(), Is.EqualTo(Good.Digest()));
    }

    [Test]
    public void Milliseconds_of_the_start_are_kept([Values(0UL, 1UL, 250UL, 999UL)] ulong milliseconds)
    {
        var precise = Good with { Time = Good.Time + milliseconds };
        Assert.That(GenesisFile.Parse(GenesisFile.Format(precise)).Time, Is.EqualTo(precise.Time));
    }

    [Test]
    public void The_narrowest_periods_are_allowed() =>
        Assert.DoesNotThrow(() => GenesisFile.Parse(GenesisFile.Format(Good with
        {
            Parameters = Good.Parameters with { TrustingPeriod = 3_999, Unbonding = 4_251, MinimumStake = 4 },
        })));

    [Test]
    public void Every_parameter_reaches_the_digest_and_the_file_alone()
    {
        foreach (var field in ParameterField.All)
        {
            var changed = field.With(Good.Parameters, field.Of(Good.Parameters) + 1);
            Assert.That(changed.Digest(), Is.Not.EqualTo(Good.Parameters.Digest()), field.Key);
            Assert.That(ParameterField.All.Where(f => f.Of(changed) != f.Of(Good.Parameters)),
                Is.EqualTo(new[] { field }), field.Key);
        }
        Assert.That(ParameterField.All, Has.Length.EqualTo(
            typeof(ChainParameters).GetProperties().Count(p => p.PropertyType == typeof(ulong))));
    }

    [Test]
    public void Peers_are_advice_and_everything_else_is_the_network()
    {
        Assert.That((Good with { Peers = [] }).Digest(), Is.EqualTo(Good.Digest()));
        Assert.That((Good with { Name = "other" }).Digest(), Is.Not.EqualTo(Good.Digest()));
        Assert.That((Good with { Time = Good.Time + 1_000 }).Digest(), Is.Not.EqualTo(Good.Digest()));
        Assert.That((Good with { Parameters = new() { Precision = 1 } }).Digest(), Is.Not.EqualTo(Good.Digest()));
        Assert.That((Good with { Accounts = [] }).Digest(), Is.Not.EqualTo(Good.Digest()));
        Assert.That((Good with { Tasks = [] }).Digest(), Is.Not.EqualTo(Good.Digest()));
    }

    [TestCase("\"chain-id\": \"test\"", "\"chain-id\": \"\"", "the file: 'chain-id' is empty or too long")]
    [TestCase("\"chain-id\": \"test\"", "\"chain-id\": 5", "the file: 'chain-id' is not text")]
    [TestCase("\"chain-id\": \"test\"", "\"chain-id\": \"\\ud800\"", "the file holds text that is not well-formed")]
    [TestCase("\"chain-id\"", "\"chainid\"", "the file has no 'chain-id'")]
    [TestCase("2001-09-09T01:46:40Z", "2001-13-09T01:46:40Z", "the file: 'genesis-time' is '2001-13-09T01:46:40Z'")]
    [TestCase("46:40Z", "46:40.5Z", "the file: 'genesis-time' is '2001-09-09T01:46:40.5Z'")]
    [TestCase("46:40Z", "46:40.5000Z", "the file: 'genesis-time' is '2001-09-09T01:46:40.5000Z'")]
    [TestCase("46:40Z", "46:40+000Z", "the file: 'genesis-time' is '2001-09-09T01:46:40+000Z'")]
    [TestCase("\"minimum-stake\": 1000", "\"minimum-stake\": 3", "parameters: 'minimum-stake' is 3")]
    [TestCase("\"trusting-period-ms\": 2000", "\"trusting-period-ms\": 4000",
        "parameters: 'trusting-period-ms' is 4000")]
    [TestCase("\"trusting-period-ms\": 2000", "\"trusting-period-ms\": 0", "parameters: 'trusting-period-ms' is 0")]
    [TestCase("\"unbonding-ms\": 5000", "\"unbonding-ms\": 4250", "parameters: 'unbonding-ms' is 4250")]
    [TestCase("\"slash-per-mille\": 50", "\"slash-per-mille\": 1001", "parameters: 'slash-per-mille' is 1001")]
    [TestCase("\"downtime-blocks\": 10000", "\"downtime-blocks\": 0", "parameters: 'downtime-blocks' is 0")]
    [TestCase("\"vote-increment-ms\": 250", "\"vote-increment-ms\": 0", "parameters: 'vote-increment-ms' is 0")]
    [TestCase("\"stake\": 1000", "\"stake\": 999", "validator 0 has stake 999")]
    [TestCase("\"stake\": 1000", "\"stake\": -1", "validator 0: 'stake' is -1")]
    [TestCase("\"stake\": 1000", "\"stake\": 1e3", "validator 0: 'stake' is 1e3")]
    [TestCase("\"balance\": 100000", "\"balance\": 1152921504606846976", "all tokens together are 8070450532247933132")]
    [TestCase("\"rounds\": 3", "\"rounds\": 0",
        "task 0 ('digits') has no name of printable characters, "
        + "or a zero among rounds, min-contributors and windows")]
    [TestCase("\"digits\"", "\"ääääääääääääääääääääääääääääääääää\"",
        "task 0 ('ääääääääääääääääääääääääääääääääää') has a recipe or a name that is too long")]
    [TestCase("\"node1@127.0.0.1:9000\"", "5", "peer 0 is not text")]
    [TestCase("\"mlp\"", "\"\\udc00\"", "the file holds text that is not well-formed")]
    [TestCase("\"owner\": \"led1", "\"owner\": \"led2", "task 0: 'owner' is no address")]
    public void A_mistake_is_one_clear_line(string from, string to, string message) =>
        Assert.That(Error(from, to).Message, Is.EqualTo(message));

    [Test]
    public void A_misspelt_key_is_answered_with_the_nearest_one()
    {
        var error = Error("\"parameters\"", "\"paramters\"");

        Assert.That((error.Message, error.Hint),
            Is.EqualTo(("the file has an unknown key 'paramters'", "did you mean 'parameters'?")));
    }

    [Test]
    public void An_address_or_a_key_listed_twice_is_refused()
    {
        var twice = Good with { Accounts = [.. Good.Accounts, Good.Accounts[0]] };
        Assert.That(Assert.Throws<GenesisException>(() => GenesisFile.Parse(GenesisFile.Format(twice)))!.Message,
            Is.EqualTo($"account {Good.Accounts[0].Address} is listed twice"));
        Assert.That(Error("\"validators\"", "\"accounts\"").Message,
            Is.EqualTo("the file has the key 'accounts' twice"));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("{\"chain-id\":\"\\ud800\\ud800\"}")]
    [TestCase("{\"\\ud800\": 1}")]
    [TestCase("{\"peers\": {}}")]
    public void Whatever_the_text_the_only_exception_is_the_clear_one(string json) =>
        Assert.Throws<GenesisException>(() => GenesisFile.Parse(json));

    [Test]
    public void A_mutated_file_never_ends_in_another_exception([Range(1, 3)] int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 300; i++)
        {
            var text = Text.ToCharArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                text[random.Next(text.Length)] = (char)random.Next(32, 127);
            try
            {
                GenesisFile.Parse(new(text));
            }
            catch (GenesisException e)
            {
                Assert.That(e.Message, Is.Not.Empty);
            }
        }
    }
}
