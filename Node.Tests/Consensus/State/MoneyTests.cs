using Ledger.Consensus.Chain;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>Whatever anybody sends, no token is made or lost, and the state comes back from its leaves.</summary>
public class MoneyTests
{
    [Test]
    public void Supply_never_changes_over_random_transactions_and_blocks([Range(1, 6)] int seed)
    {
        var random = new Random(seed);
        var chain = new SomeChain(rounds: 20, minContributors: 1);
        var supply = chain.State.Supply();
        int taken = 0, refused = 0, closed = 0;
        for (var block = 0; block < 60; block++)
        {
            var working = chain.Begin(after: 400);
            var closing = chain.Round.Phase == Phase.Close ? Close(chain) : null;
            working = Transition.Close(working, closing is null ? [] : [closing]);
            var picked = new List<SignedTransaction>();
            for (var i = 0; i < 15; i++)
            {
                var sender = random.Next(8);
                var body = chain.From(sender, Any(random, chain), fee: (ulong)random.Next(3)).Body with
                {
                    Nonce = working.AccountOf(chain.Who(sender)).Nonce,
                };
                var why = Transition.TryTransaction(ref working, body, chain.State.Validators.Validators[0].Address);
                Assert.That(working.Supply(), Is.EqualTo(supply), $"{body} {why}");
                if (why == Rejection.None)
                    picked.Add(body.Sign(chain.State.ChainId, chain.Keys[sender]));
                else
                    refused++;
            }
            chain.Apply(chain.Build(picked, closing is null ? [] : [closing], after: 400));
            taken += picked.Count;
            closed += closing is null ? 0 : 1;
            Assert.That(chain.State.Supply(), Is.EqualTo(supply), $"block {block}");
            AssertComesBack(chain);
        }
        Assert.That(Math.Min(taken, refused), Is.GreaterThan(100), "the run is too tame to prove anything");
        Assert.That(closed, Is.Positive);
    }

    private static CloseRound Close(SomeChain chain)
    {
        var task = chain.State.Tasks[chain.Task];
        return Rounds.CarriesOver(task, Rounds.Included(chain.State, task))
            ? chain.CarryOver()
            : chain.Closing((int)chain.Round.Number);
    }

    private static Payload Any(Random random, SomeChain chain)
    {
        var one = random.Next(8);
        return random.Next(12) switch
        {
            0 => new Payload.Transfer(chain.Who(one), (ulong)random.NextInt64(200_000)),
            1 => new Payload.Stake((ulong)random.Next(5_000)),
            2 => new Payload.Unstake((ulong)random.Next(3_000)),
            3 => new Payload.CreateTask(SomeChain.Spec((uint)random.Next(3), (ulong)random.Next(50_000))),
            4 => chain.Shard((uint)random.Next(3)),
            5 or 6 => chain.Promise(one),
            7 or 8 => chain.Opening(one),
            9 or 10 => chain.Word([.. Enumerable.Range(0, 8).Where(i => chain.Round.Revealed.Contains(chain.Who(i)))]),
            _ => new Payload.Evaluate(
                chain.Task, 0, chain.State.Tasks[chain.Task].Results[0].Parameters, 1, (uint)random.Next(30),
                (uint)random.Next()),
        };
    }

    private static void AssertComesBack(SomeChain chain)
    {
        var back = chain.Restarted();
        Assert.That(back?.Tree.Root, Is.EqualTo(chain.State.Tree.Root));
        Assert.That(SomeChain.Leaves(back!), Is.EqualTo(SomeChain.Leaves(chain.State)));
    }
}
