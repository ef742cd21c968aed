using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning.Aggregation;
using Ledger.Node.Storage;

namespace Ledger.Node.Tests.Host;

/// <summary>
/// What a validator says about a proposed block that closes a round of learning: valid only where its own aggregation
/// gives the same bits, and nothing at all while that is not done.
/// </summary>
public class JudgementTests
{
    private const int Exponent = 8;

    [Test]
    public async Task A_closing_counts_only_with_the_very_parameters_that_we_computed()
    {
        await using var net = new Testnet(validators: 4, tasks: 1);
        using var node = Closing(net, out var good);

        Assert.That(Verdict(node, good), Is.True);
        Assert.That(WronglyAccepted(node, good, block => Verdict(node, block)), Is.Empty);
    }

    [Test]
    public async Task Planted_bug_an_aggregate_that_nobody_recomputes_is_caught()
    {
        await using var net = new Testnet(validators: 4, tasks: 1);
        using var node = Closing(net, out var good);

        // The rules of the chain alone cannot know which parameters are right.
        var accepted = WronglyAccepted(node, good, block => node.On(() => node.Head.Check(block) == BlockFault.None));

        Assert.That(accepted, Is.EquivalentTo((string[])["one bit off", "another exponent", "one update left out"]));
    }

    [Test]
    public async Task While_our_own_aggregation_is_not_done_there_is_no_verdict()
    {
        await using var net = new Testnet(validators: 4, tasks: 1);
        using var done = Closing(net, out var good);
        using var node = new Workbench(net.Genesis, 1, done.State);
        var verdicts = new List<bool>();

        node.On(() =>
        {
            node.Work.Validate(good, verdicts.Add);
            node.Aggregations.Proceed(node.State);
            return true;
        });
        Assert.That(verdicts, Is.Empty, "the updates are not here");
        Assert.That(node.Wanted, Has.Count.EqualTo(3), "they are asked for");

        foreach (var id in node.Wanted)
            node.Store.PutBlob(done.Store.Blob(id)!);
        node.On(() =>
        {
            node.Aggregations.Proceed(node.State);
            return true;
        });
        await Testnet.Until(() => node.On(() => verdicts.Count) == 1, 10, "the verdict is there");
        Assert.That(verdicts, Is.EqualTo(new[] { true }));
    }

    [Test]
    public async Task A_block_from_the_future_is_valid_whatever_our_clock_says()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        using var node = new Workbench(net.Genesis, 0);
        var now = Own(node);
        var early = now with { Header = now.Header with { Time = now.Header.Time + 3_600_000 } };

        Assert.That(Verdict(node, now), Is.True);
        Assert.That(Verdict(node, early), Is.True, "a quorum whose clocks are ahead may decide it");
    }

    [Test]
    public async Task A_proposer_whose_clock_is_behind_the_last_block_waits_until_it_is_past()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        var first = FirstState.From(net.Genesis);
        using var behind = new Workbench(net.Genesis, 0, first with { Time = Now() + 3_600_000 });
        using var close = new Workbench(net.Genesis, 0, first with { Time = Now() + 2_500 });
        Block? never = null, built = null;

        behind.On(() => { behind.Work.Build(0, block => never = block); return true; });
        close.On(() => { close.Work.Build(0, block => built = block); return true; });

        await Testnet.Until(() => close.On(() => built) is not null, 20, "it proposes when its clock is past");
        Assert.That(built!.Header.Time, Is.GreaterThan(close.State.Time));
        Assert.That(built.Header.Time, Is.LessThanOrEqualTo(Now()), "and not with a time from its own future");
        Assert.That(behind.On(() => never), Is.Null);

        static ulong Now() => (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
    }

    [Test]
    public async Task A_decided_block_is_taken_only_with_a_quorum_of_good_signatures_over_this_content()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        using var node = new Workbench(net.Genesis, 3);
        node.Resume();
        var block = From(Testnet.AddressOf(0), Own(node));
        var chain = node.State.ChainId;
        var transfer = new Transaction(Testnet.AddressOf(5), 0, 1, new Payload.Transfer(node.Self, 1));
        var stuffed = block with { Transactions = [transfer.Sign(chain, Some.Key(6))] };
        var good = Certificate(chain, block, 0, 1, 2);
        var altered = good with { Signatures = good.Signatures.SetItem(1, (good.Signatures[1].Validator, default)) };
        var swapped = good with { Signatures = [good.Signatures[1], good.Signatures[0], good.Signatures[2]] };
        var twice = good with { Signatures = [good.Signatures[0], good.Signatures[0], good.Signatures[1]] };

        Assert.That(Adopts(node, block, Certificate(chain, block, 0, 1)), Is.False, "two of four");
        Assert.That(Adopts(node, block, Certificate(chain, block, 0, 1, 4)), Is.False, "a stranger");
        Assert.That(Adopts(node, block, altered), Is.False, "a signature altered");
        Assert.That(Adopts(node, block, swapped), Is.False, "not in order");
        Assert.That(Adopts(node, block, twice), Is.False, "one signer twice");
        Assert.That(Adopts(node, block, Certificate(Some.Digest(1), block, 0, 1, 2)), Is.False, "other chain");
        Assert.That(Adopts(node, block, good with { Round = 1 }), Is.False, "other round than was signed");
        Assert.That(Adopts(node, stuffed, good), Is.False, "other content under the same header");
        Assert.That(node.Head.State.Height, Is.Zero);

        Assert.That(Adopts(node, block, good), Is.True);
        Assert.That(node.Head.State.Height, Is.EqualTo(1));
    }

    [Test]
    public async Task A_decided_block_that_our_key_proposed_unknown_to_our_guard_stops_the_node()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        using var node = new Workbench(net.Genesis, 3);
        node.Resume();
        // No certificate has a vote of ours: the others were faster.
        var block = Own(node);

        var stopped = Assert.Throws<StoreException>(
            () => Adopts(node, block, Certificate(node.State.ChainId, block, 0, 1, 2)));

        Assert.That(stopped.Message, Is.EqualTo(
            "this node's key has signed at height 1, which its sign guard does not know"));
        Assert.That(node.Head.State.Height, Is.Zero);
    }

    private static Block From(Address proposer, Block block) =>
        block with { Header = block.Header with { Proposer = proposer } };

    private static IEnumerable<string> WronglyAccepted(Workbench node, Block good, Func<Block, bool?> judge)
    {
        var closing = good.Closings.Single();
        var parameters = node.Store.Blob(closing.Parameters)!;
        parameters[^1] ^= 1;
        var updates = Updates(node.State.Tasks.Values.Single()).Values.Take(2).ToList();
        var fewer = Aggregate.Add(Start(node), Aggregate.Step(AggregationRule.Mean, Cohort.Of(updates), Exponent));
        Dictionary<string, CloseRound> wrong = new()
        {
            ["one bit off"] = closing with { Parameters = Digest.OfBlob(parameters) },
            ["another exponent"] = closing with { Exponent = closing.Exponent + 1 },
            ["one update left out"] = closing with { Parameters = Digest.OfBlob(Parameters.Encode(fewer)) },
            ["a round that is not closing"] = closing with { Round = closing.Round + 1 },
            ["a task that is not there"] = closing with { Task = Some.Digest(3) },
        };
        return wrong.Where(w => judge(With(good, w.Value)) == true).Select(w => w.Key);
    }

    private static Block With(Block block, CloseRound closing)
    {
        ImmutableArray<CloseRound> closings = [closing];
        var header = block.Header with { ContentRoot = Block.RootOf(closings, block.Transactions) };
        return block with { Header = header, Closings = closings };
    }

    // A node whose only task waits for its aggregate, with that aggregate done, and the block it would propose.
    private static Workbench Closing(Testnet net, out Block block)
    {
        var first = FirstState.From(net.Genesis);
        var task = first.Tasks.Values.Single();
        var updates = Updates(task);
        var closing = task with
        {
            Round = task.Round with
            {
                Phase = Phase.Close,
                Exponent = Exponent,
                Contributions = updates.ToImmutableSortedDictionary(
                    u => u.Key, u => new Contribution(default, Digest.OfBlob(u.Value.Encode()), 1, Order: 0)),
                Included = [.. updates.Keys],
            },
            Spec = task.Spec with { MinContributors = 3 },
        };
        var node = new Workbench(net.Genesis, 0, first.With(closing));
        foreach (var update in updates.Values)
            node.Store.PutBlob(update.Encode());
        node.On(() =>
        {
            // Finding the task puts its first parameters into the store.
            node.Catalog.Find(closing);
            node.Aggregations.Proceed(node.State);
            return true;
        });
        SpinWait.SpinUntil(() => node.On(() => node.Aggregations.Ready(node.State).Any()), TimeSpan.FromSeconds(20));
        block = Own(node);
        return node;
    }

    private static SortedDictionary<Address, ModelUpdate> Updates(LearningTask task)
    {
        var updates = new SortedDictionary<Address, ModelUpdate>();
        for (var i = 0; i < 3; i++)
            updates[Testnet.AddressOf(i)] = new([.. Enumerable.Range(0, ParameterCount(task)).Select(
                k => (sbyte)((k * (i + 3) + i) % 255 - 127))], Exponent);
        return updates;
    }

    private static int ParameterCount(LearningTask task) =>
        Ledger.Learning.Recipes.Recipe.TryParse(task.Spec.Recipe, out var recipe, out _)
            ? ParameterShape.Total(recipe.Model.ArchitectureFor(recipe.Schema).Shapes)
            : throw new InvalidOperationException("the test's recipe does not parse");

    private static int[] Start(Workbench node)
    {
        var task = node.State.Tasks.Values.Single();
        return Parameters.TryDecode(node.Store.Blob(task.Round.Parameters)!, ParameterCount(task), out var start)
            ? start
            : throw new InvalidOperationException("the first parameters do not decode");
    }

    private static Block Own(Workbench node) => node.On(() =>
    {
        Block? built = null;
        node.Work.Build(0, block => built = block);
        return built!;
    });

    private static bool? Verdict(Workbench node, Block block) => node.On(() =>
    {
        bool? verdict = null;
        node.Work.Validate(block, valid => verdict = valid);
        node.Work.Forget();
        return verdict;
    });

    private static bool Adopts(Workbench node, Block block, CommitCertificate certificate) =>
        node.On(() => node.Consenter.TryAdopt(block, certificate));

    private static CommitCertificate Certificate(Digest chain, Block block, params int[] signers) => new(
        1, 0, block.Id,
        [
            .. signers.Select(i => Some.Key(1 + i)).OrderBy(k => new Address(k.PublicKey)).Select(k =>
            {
                var vote = new Vote(VoteKind.Precommit, 1, 0, block.Id, new(k.PublicKey));
                return (vote.Validator, k.Sign(vote.SigningDigest(chain)));
            }),
        ]);
}
