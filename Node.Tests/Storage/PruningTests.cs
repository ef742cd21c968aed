using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;
using Ledger.Node.Host;
using Ledger.Node.Storage;
using Ledger.Node.Tests.Consensus.State;

namespace Ledger.Node.Tests.Storage;

/// <summary>A store that keeps only the newest blocks: what goes, what stays, and how much disk it takes.</summary>
public sealed class PruningTests
{
    private const ulong Keep = 130;
    private static readonly int[] Contributors = [0, 1];

    private TemporaryDirectory home = null!;

    [SetUp]
    public void MakeHome() => home = new();

    [TearDown]
    public void RemoveHome() => home.Dispose();

    [Test]
    public void Old_blocks_and_their_blobs_go_and_the_disk_shrinks()
    {
        const int Rounds = 120, BlobBytes = 1_000_000;
        var all = Fill(home["all"], Chain(), prune: false, Rounds, BlobBytes);
        var pruned = Fill(home["pruned"], Chain(), prune: true, Rounds, BlobBytes);

        TestContext.Out.WriteLine($"{all.Bytes >> 20} MiB with all, {pruned.Bytes >> 20} MiB with the newest {Keep} "
            + $"blocks, at most {pruned.Most >> 20} MiB on the way");
        Assert.That(all.Bytes, Is.GreaterThan(2L * Rounds * BlobBytes));
        Assert.That(pruned.Bytes, Is.LessThan(all.Bytes / 2));
    }

    [Test]
    public void What_is_kept_is_all_that_a_node_needs()
    {
        var chain = Chain();
        Fill(home["chain"], chain, prune: true, rounds: 70, blobBytes: 100);
        using var store = Store.Open(home["chain"], FirstState.From(chain.Genesis), out var tip);

        Assert.That(tip.Tree.Root, Is.EqualTo(chain.State.Tree.Root));
        Assert.That(store.FirstHeight(), Is.EqualTo(tip.Height - Keep + 1));
        foreach (var block in chain.Blocks)
        {
            var isKept = block.Header.Height > tip.Height - Keep;
            Assert.That(store.Block(block.Header.Height), isKept ? Is.Not.Null : Is.Null);
            foreach (var update in block.Transactions.Select(t => t.Body.Payload).OfType<Payload.RevealUpdate>())
                Assert.That(store.HasBlob(update.Blob), Is.EqualTo(isKept), $"block {block.Header.Height}");
        }
    }

    [Test]
    public void A_proof_still_leads_from_the_genesis_to_the_tip_though_nearly_all_validators_have_left()
    {
        var chain = Chain();
        Fill(home["chain"], chain, prune: true, rounds: 70, blobBytes: 100);
        using var store = Store.Open(home["chain"], FirstState.From(chain.Genesis), out _);
        Assert.That(store.HeadersOfSnapshot().Count(), Is.InRange(1, 10), "few headers of the past are enough");

        var proof = ChainProofs.Make(
            store, chain.State, chain.Genesis, new ProofSubject.OfAccount(chain.Who(6)), since: null);

        var (trusted, options) = (Trusted.Of(chain.Genesis), LightOptions.Of(chain.State.Parameters));
        Assert.That(LightRules.Check(trusted, proof.Chain[^1], options, chain.State.Time),
            Is.EqualTo(LightFault.TooFewTrusted), "the genesis alone does not reach so far");
        foreach (var block in proof.Chain)
        {
            Assert.That(LightRules.Check(trusted, block, options, chain.State.Time), Is.EqualTo(LightFault.None));
            trusted = Trusted.Of(block);
        }
        Assert.That(trusted.Height, Is.EqualTo(chain.State.Height));
    }

    [Test]
    public void What_the_present_round_needs_stays_however_old_it_is()
    {
        var chain = Chain();
        var (update, stranger) = (Content(1, 0, 100), Content(2, 0, 100));
        using var store = Store.Open(home["chain"], chain.State, out var first);
        chain.State = first;
        foreach (var blob in (byte[][])[update, Content(1, 1, 100), stranger])
            store.PutBlob(blob);
        Add(store, null, chain, Contributors.Select(c => chain.From(c, chain.Shard())));
        Learn(store, null, chain, 1, 100);
        var reveal = chain.Blocks.Single(b => b.Transactions.Any(t => t.Body.Payload is Payload.RevealUpdate));

        store.Drop(reveal.Header.Height, null, new(() => [Digest.OfBlob(update)]));

        Assert.That(store.Block(reveal.Header.Height), Is.Null);
        Assert.That(store.HasBlob(Digest.OfBlob(update)), "it is needed");
        Assert.That(store.HasBlob(IdOf(1, 1, 100)), Is.False, "it is not");
        Assert.That(store.HasBlob(Digest.OfBlob(stranger)), "what no block names is nobody's to delete");
    }

    private static SomeChain Chain() => new(rounds: 1_000, reward: 10, parameters: SomeChain.Patient);

    // Rounds of learning whose every update is a blob; the disk is looked at while it grows.
    private static (long Bytes, long Most) Fill(string path, SomeChain chain, bool prune, int rounds, int blobBytes)
    {
        var most = 0L;
        using (var store = Store.Open(path, chain.State, out var first))
        {
            chain.State = first;
            using var pruning = prune ? new Pruning(store, FirstState.From(chain.Genesis), Keep) : null;
            Add(store, pruning, chain, Contributors.Select(c => chain.From(c, chain.Shard())));
            for (var round = 1; round <= rounds; round++)
            {
                foreach (var c in Contributors)
                    store.PutBlob(Content(round, c, blobBytes));
                Learn(store, pruning, chain, round, blobBytes);
                most = Math.Max(most, BytesIn(path));
            }
        }
        // What the last batches wrote is in the log until the store is opened again.
        using (Store.Open(path, FirstState.From(chain.Genesis), out _))
            return (BytesIn(path), most);
    }

    private static void Learn(Store store, Pruning? pruning, SomeChain chain, int round, int blobBytes)
    {
        var ids = Contributors.ToDictionary(c => c, c => IdOf(round, c, blobBytes));
        Assert.That((chain.Round.Number, chain.Round.Phase), Is.EqualTo(((uint)round, Phase.Commit)));
        Add(store, pruning, chain, Contributors.Select(c => chain.From(c, new Payload.CommitUpdate(
            chain.Task, chain.Round.Number, UpdateCommitment.Of(chain.State.ChainId, chain.Task, chain.Round.Number,
                chain.Round.Parameters, chain.Who(c), SomeChain.Salt(c), ids[c])))));
        Add(store, pruning, chain, Contributors.Select(c => chain.From(c, new Payload.RevealUpdate(
            chain.Task, chain.Round.Number, SomeChain.Salt(c), ids[c], 10))));
        Add(store, pruning, chain, Validators(chain).Select(v => chain.From(v, chain.Word(Contributors))));
        Add(store, pruning, chain, [],
            [chain.Closing() with { Parameters = Digest.OfBlob(BitConverter.GetBytes(round)) }]);
        if (Moves(round) is { } moves)
            Add(store, pruning, chain, moves.Select(move => chain.From(move.Who, move.Payload)));
    }

    // One after the other the first validators leave, and others have come.
    private static (int Who, Payload Payload)[]? Moves(int round) => round switch
    {
        10 => [(4, new Payload.Stake(3_000)), (5, new Payload.Stake(3_000)), (6, new Payload.Stake(3_000))],
        20 or 24 or 28 => [(round / 4 - 5, new Payload.Unstake(1_000))],
        _ => null,
    };

    private static IEnumerable<int> Validators(SomeChain chain) =>
        Enumerable.Range(0, 7).Where(i => chain.State.Validators.StakeOf(chain.Who(i)) > 0);

    private static void Add(
        Store store, Pruning? pruning, SomeChain chain, IEnumerable<SignedTransaction> transactions,
        IEnumerable<CloseRound>? closings = null)
    {
        var block = chain.Build(transactions, closings);
        var certificate = chain.Certify(block);
        chain.Apply(block);
        chain.State = store.Commit(block, certificate, chain.State);
        pruning?.Proceed(chain.State);
    }

    private static byte[] Content(int round, int contributor, int bytes)
    {
        var content = new byte[bytes];
        new Random(round * 10 + contributor).NextBytes(content);
        return content;
    }

    private static Digest IdOf(int round, int contributor, int bytes) =>
        Digest.OfBlob(Content(round, contributor, bytes));

    // A compaction may take a file away between its name and its length; to ask whether it exists notes both.
    private static long BytesIn(string path) =>
        new DirectoryInfo(path).EnumerateFiles().Sum(file => file.Exists ? file.Length : 0);
}
