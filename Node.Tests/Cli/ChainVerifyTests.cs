using System.Text.Json;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;
using Ledger.Node.Cli;
using Ledger.Node.Host;
using Ledger.Node.Storage;
using Ledger.Node.Tests.Consensus.State;
using Ledger.Node.Tests.Http;
using Outcome = Ledger.Node.Tests.Cli.CommandLine.Outcome;

namespace Ledger.Node.Tests.Cli;

/// <summary>Proof files on another machine: no node, no home, only the genesis file or one block id.</summary>
public sealed class ChainVerifyTests
{
    // The id of these bytes is what round 1 made canonical.
    private static readonly byte[] Model = [5, 0];

    private readonly SomeChain chain = new();
    private TemporaryHome home = null!;
    private string anchor = null!;

    [OneTimeSetUp]
    public void MakeChain()
    {
        chain.Reach(Phase.Close, 4, 5, 6);
        chain.Close(chain.Closing() with { Parameters = Digest.OfBlob(Model) });
        chain.Next();
        chain.Next();
    }

    [SetUp]
    public void MakeHome()
    {
        home = new();
        anchor = chain.Headers[1].Header.Digest().ToString();
        File.WriteAllBytes(home.File("m.params"), Model);
        Write("account.proof", new ProofSubject.OfAccount(chain.Who(6)));
        Write("model.proof", new ProofSubject.OfModel(chain.Task, 1));
        Write("task.proof", new ProofSubject.OfTask(chain.Task));
        Write("validators.proof", new ProofSubject.OfValidators());
    }

    [TearDown]
    public void RemoveHome() => home.Dispose();

    [Test]
    public async Task An_account_is_shown_as_of_a_block()
    {
        var text = (await Verify("account.proof", "--trusted", anchor)).Result();
        var account = chain.State.AccountOf(chain.Who(6));

        Assert.That(text, Does.StartWith(
            $"{chain.Who(6)} has balance {account.Balance}, stake 0, nonce {account.Nonce}\n"));
        Assert.That(text, Does.Contain($"as of   block {chain.Headers.Count}, "));
    }

    [Test]
    public async Task Programs_get_the_same_as_json()
    {
        var json = JsonDocument.Parse(
            (await Verify("model.proof", "--trusted", anchor, "--json")).Result()).RootElement;

        Assert.That(json.GetProperty("verified").GetBoolean());
        Assert.That(json.GetProperty("subject").GetString(), Is.EqualTo("model"));
        Assert.That(json.GetProperty("values").GetProperty("parameters").GetString(),
            Is.EqualTo(Digest.OfBlob(Model).ToString()));
    }

    [TestCase("task.proof", "task 'digits' is in round 2, ")]
    [TestCase("validators.proof", "validator ")]
    [TestCase("model.proof", "round 1 of task ")]
    public async Task Each_subject_says_what_it_is(string file, string text) =>
        Assert.That((await Verify(file, "--trusted", anchor)).Result(), Does.StartWith(text));

    [Test]
    public async Task The_canonical_model_is_known_by_its_bytes()
    {
        (await Verify("model.proof", "--trusted", anchor, "--model", home.File("m.params"))).Result();

        File.WriteAllBytes(home.File("m.params"), [5, 1]);
        var refused = await Verify("model.proof", "--trusted", anchor, "--model", home.File("m.params"));
        Assert.That(refused.Code, Is.EqualTo(ExitCode.Failed));
        Assert.That(refused.Error, Does.Contain("is not the canonical model: its id is"));
    }

    [Test]
    public async Task A_proof_of_something_else_says_nothing_about_a_model() =>
        (await Verify("account.proof", "--trusted", anchor, "--model", home.File("m.params"))).IsMistake(
            ExitCode.Failed, "the proof is about account, not about a model",
            "make one with: ledger chain proof model TASK ROUND");

    [Test]
    public async Task A_changed_file_is_refused_in_two_lines()
    {
        var bytes = File.ReadAllBytes(home.File("account.proof"));
        bytes[^40] ^= 1;
        File.WriteAllBytes(home.File("account.proof"), bytes);

        (await Verify("account.proof", "--trusted", anchor)).IsMistake(ExitCode.Failed,
            $"'{home.File("account.proof")}' proves nothing: the header does not commit to what it says",
            "do not rely on it; ask another node for the proof");
    }

    [Test]
    public async Task Another_trusted_block_is_refused() =>
        (await Verify("account.proof", "--trusted", $"{Some.Digest(1)}")).IsMistake(ExitCode.Failed,
            $"'{home.File("account.proof")}' proves nothing: it does not begin with the trusted header",
            "make it with: ledger chain proof … --since HEIGHT");

    [Test]
    public async Task What_is_no_proof_file_is_refused() =>
        (await Verify("m.params", "--trusted", anchor)).IsMistake(ExitCode.Failed,
            $"'{home.File("m.params")}' is no proof file", "it was cut or changed, or is of another version");

    [TestCase("--trusted", "12", "'12' is no block id",
        "an id is written as 64 hexadecimal digits: ledger chain block")]
    [TestCase("--json", null, "somebody has to be trusted", "give --genesis FILE or --trusted ID, one of them")]
    public async Task A_slip_is_a_misuse(string option, string? value, string error, string hint) =>
        (await Verify("account.proof", value is null ? [option] : [option, value])).IsMistake(
            ExitCode.Misused, error, hint);

    [Test]
    public async Task From_the_genesis_file_alone_a_nodes_own_proof_is_verified()
    {
        var node = new FakeNode();
        using var store = Store.Open(home.File("chain"), FirstState.From(node.Genesis), out var tip);
        CommitCertificate? commit = null;
        for (var i = 0; i < 3; i++)
            (tip, commit) = Extend(store, tip, commit);
        var owner = new ProofSubject.OfAccount(node.Snapshot.Address);
        File.WriteAllText(home.File("genesis.json"), GenesisFile.Format(node.Genesis));
        File.WriteAllBytes(home.File("own.proof"), ChainProofs.Make(store, tip, node.Genesis, owner, null).Encode());
        File.WriteAllBytes(home.File("late.proof"), ChainProofs.Make(store, tip, node.Genesis, owner, 2).Encode());

        Assert.That((await Verify("own.proof", "--genesis", home.File("genesis.json"))).Result(),
            Does.StartWith($"{node.Snapshot.Address} has balance 500, stake 10000, nonce 0\n"));
        (await Verify("late.proof", "--trusted", store.LightBlock(2)!.Header.Digest().ToString())).Result();
        Assert.That(() => ChainProofs.Make(store, tip, node.Genesis, owner, 4), Throws.TypeOf<OperatorException>());
        (await Verify("account.proof", "--genesis", home.File("genesis.json"))).IsMistake(ExitCode.Failed,
            $"'{home.File("account.proof")}' proves nothing: it is about another chain",
            "is this the genesis file of that network?");
    }

    // The one validator of the fake node's network decides an empty block.
    private static (ChainState Tip, CommitCertificate Commit) Extend(
        Store store, ChainState tip, CommitCertificate? commit)
    {
        var header = new Header(Header.FirstVersion, tip.ChainId, tip.Height + 1, tip.Time + 1, tip.LastBlock,
            Block.CommitDigest(commit), Block.RootOf([], []), Block.RootOf([]), tip.Validators.Digest(),
            tip.NextValidators.Digest(), tip.Parameters.Digest(), tip.Tree.Root, tip.Validators.Validators[0].Address);
        var block = new Block(header, commit, [], [], []);
        Assert.That(Transition.TryApply(tip, block, out var next), Is.EqualTo(BlockFault.None));
        var vote = new Vote(VoteKind.Precommit, block.Header.Height, 0, block.Id, header.Proposer);
        CommitCertificate certificate = new(vote.Height, 0, block.Id,
            [(header.Proposer, Some.Key(1).Sign(vote.SigningDigest(tip.ChainId)))]);
        return (store.Commit(block, certificate, next!), certificate);
    }

    private Task<Outcome> Verify(string file, params string[] options) =>
        CommandLine.Run(["chain", "verify", home.File(file), .. options]);

    private void Write(string file, ProofSubject subject) => File.WriteAllBytes(home.File(file), new ProofFile(
        [chain.Headers[1], chain.Headers[^1]], StateProof.Of(chain.Trees[^2], subject.Key)).Encode());
}
