using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.State;
using Ledger.Node.Storage;
using Ledger.Node.Tests.Consensus.State;

namespace Ledger.Node.Tests.Storage;

/// <summary>Results of a long task: the newest are in the state, all are in the store.</summary>
public sealed class ResultHistoryTests
{
    private const uint Rounds = Limits.RecentResults + 6;

    private TemporaryDirectory home = null!;

    [SetUp]
    public void MakeHome() => home = new();

    [TearDown]
    public void RemoveHome() => home.Dispose();

    [Test]
    public void Old_results_leave_the_state_and_are_told_from_the_store_as_they_were()
    {
        var chain = LongTask(out var results);
        using var store = Stored(chain, out var tip);
        var task = tip.Tasks[chain.Task];

        Assert.That(task.Results.Select(result => result.Number),
            Is.EqualTo(Enumerable.Range(7, Limits.RecentResults)));
        Assert.That(Told(store.Results(task, 0)), Is.EqualTo(Told(results)));
        Assert.That(Told(store.Results(task, 3)), Is.EqualTo(Told(results.Skip(3))), "from a number on");
        Assert.That(Told(store.Results(task, 40)), Is.EqualTo(Told(results.Skip(40))), "recent ones alone");
        Assert.That(store.Results(task, Rounds + 1), Is.Empty);
    }

    [Test]
    public void A_restart_finds_the_same_state_and_goes_on()
    {
        var chain = LongTask(out _);
        Stored(chain, out var before).Dispose();
        using var store = Store.Open(home["chain"], FirstState.From(chain.Genesis), out var tip);

        Assert.That(tip.Tree.Root, Is.EqualTo(chain.State.Tree.Root));
        Assert.That(Told(tip.Tasks[chain.Task].Results), Is.EqualTo(Told(before.Tasks[chain.Task].Results)));
        chain.State = tip;
        Round(chain, 9);
        Assert.That(chain.State.Tasks[chain.Task].Results[^1].Number, Is.EqualTo(Rounds + 1));
    }

    [Test]
    public void Going_back_some_blocks_gives_the_results_of_then()
    {
        var chain = LongTask(out var results);
        using var store = Stored(chain, out var tip);
        var again = Rollback.Run(store, FirstState.From(chain.Genesis), tip, 30);

        Assert.That(again.Tree.Root, Is.EqualTo(tip.Tree.Root));
        Assert.That(Told(store.Results(again.Tasks[chain.Task], 0)), Is.EqualTo(Told(results)));
    }

    [Test]
    public void A_result_that_the_state_has_let_go_is_not_evaluated_any_more()
    {
        var chain = LongTask(out var results);

        Assert.That(chain.Try(5, Evaluation(chain, results[6])), Is.EqualTo(Rejection.UnknownResult));
        Assert.That(chain.Try(5, Evaluation(chain, results[7])), Is.EqualTo(Rejection.None));
        Assert.That(chain.Try(5, Evaluation(chain, results[7]) with { Round = Rounds + 1 }),
            Is.EqualTo(Rejection.UnknownResult));
    }

    // Every round is evaluated by one of its three contributors.
    private static SomeChain LongTask(out List<RoundResult> results)
    {
        var chain = new SomeChain(rounds: Rounds + 10, parameters: SomeChain.Patient);
        results = [chain.State.Tasks[chain.Task].Results[0]];
        for (var number = 1; number <= Rounds; number++)
        {
            Round(chain, number);
            chain.Next(chain.From(4, Evaluation(chain, chain.State.Tasks[chain.Task].Results[^1])));
            results.Add(chain.State.Tasks[chain.Task].Results[^1]);
        }
        return chain;
    }

    private static void Round(SomeChain chain, int parameters)
    {
        chain.Reach(Phase.Close, 4, 5, 6);
        chain.Close(chain.Closing(parameters % 20));
    }

    private static Payload.Evaluate Evaluation(SomeChain chain, RoundResult result) =>
        new(chain.Task, result.Number, result.Parameters, result.Number % 20, 20, 5);

    private Store Stored(SomeChain chain, out ChainState tip)
    {
        var store = Store.Open(home["chain"], FirstState.From(chain.Genesis), out tip);
        foreach (var (block, header) in chain.Blocks.Zip(chain.Headers))
        {
            Transition.TryApply(tip, block, out var after);
            tip = store.Commit(block, header.Certificate, after!);
        }
        return store;
    }

    private static List<string> Told(IEnumerable<RoundResult> results) => [.. results.Select(result =>
        $"{result.Number} {result.Height} {result.Parameters} {result.Lot} {string.Join(",", result.Paid)} "
        + string.Join(",", result.Evaluations))];
}
