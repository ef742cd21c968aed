using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>Each reason for which a transaction is refused, reached and named.</summary>
public class RejectionTests
{
    private static readonly Dictionary<Rejection, Func<Rejection>> Ways = new()
    {
        [Rejection.None] = () => new SomeChain().Try(0, Pay(5)),
        [Rejection.WrongNonce] = WithWrongNonce,
        [Rejection.FeeTooLow] = () => new SomeChain().Try(0, Pay(5), fee: 0),
        [Rejection.InsufficientFunds] = () => new SomeChain().Try(1, Pay(100_000)),
        [Rejection.AmountIsZero] = () => new SomeChain().Try(0, Pay(0)),
        [Rejection.InsufficientStake] = () => new SomeChain().Try(0, new Payload.Unstake(1_001)),
        [Rejection.StakeBelowMinimum] = () => new SomeChain().Try(0, new Payload.Unstake(1)),
        [Rejection.LastValidator] = WhenAllUnstake,
        [Rejection.NotJailed] = () => new SomeChain().Try(2, new Payload.Unjail()),
        [Rejection.JailedForLonger] = () => WhenJailed(wait: 0),
        [Rejection.Tombstoned] = () => WhenTombstoned(new Payload.Unjail()),
        [Rejection.KeyInUse] = () => { var chain = new SomeChain(); return chain.Try(2, chain.Rotation(2, 3)); },
        [Rejection.NoConsent] = () => { var chain = new SomeChain(); return chain.Try(2, chain.Rotation(3, 6)); },
        [Rejection.AlreadyRotated] = AfterRotating,
        [Rejection.TaskExists] = () => new SomeChain().Try(0, new Payload.CreateTask(SomeChain.Spec())),
        [Rejection.TaskMalformed] = () =>
            new SomeChain().Try(1, new Payload.CreateTask(SomeChain.Spec() with { Rounds = 0 })),
        [Rejection.UnknownTask] = () =>
            new SomeChain().Try(0, new Payload.SubmitShard(default, default, default, 1, 1, 1)),
        [Rejection.TaskFinished] = WhenFinished,
        [Rejection.TooManyContributors] = WithTooManyContributors,
        [Rejection.EmptyShard] = () => { var chain = new SomeChain(); return chain.Try(0, chain.Shard(rows: 0)); },
        [Rejection.NoShard] = () => At(Phase.Commit, chain => chain.Try(5, chain.Promise(5))),
        [Rejection.WrongRound] = () => At(Phase.Commit, chain => chain.Try(4, chain.Promise(4) with { Round = 2 })),
        [Rejection.WrongPhase] = () => At(Phase.Commit, chain => chain.Try(4, chain.Opening(4))),
        [Rejection.AlreadyCommitted] = AfterCommitting,
        [Rejection.NotSampled] = WhenNotDrawn,
        [Rejection.AmendmentOutOfTime] = () => new SomeChain().Try(0, new Payload.Amend(new(1, 1, SomeChain.Short))),
        [Rejection.AmendmentMalformed] = () => new SomeChain().Try(0, new Payload.Amend(new(9, 3, SomeChain.Short))),
        [Rejection.NotScorer] = () =>
            At(Phase.Commit, chain => chain.Try(4, new Payload.CommitRoot(chain.Task, 1, default))),
        [Rejection.NotCommitted] = () => At(Phase.Reveal, chain => chain.Try(3, chain.Opening(3))),
        [Rejection.AlreadyRevealed] = AfterRevealing,
        [Rejection.RevealMismatch] = () =>
            At(Phase.Reveal, chain => chain.Try(4, chain.Opening(4) with { Blob = default })),
        [Rejection.NotValidator] = () => At(Phase.Attest, chain => chain.Try(4, chain.Word(4))),
        [Rejection.NothingToAttest] = () => At(Phase.Attest, chain => chain.Try(0, chain.Word(3))),
        [Rejection.UnknownResult] = () => At(Phase.Commit, chain => chain.Try(4, Evaluation(chain) with { Round = 1 })),
        [Rejection.AlreadyEvaluated] = AfterEvaluating,
        [Rejection.CountsOutOfRange] = () =>
            At(Phase.Commit, chain => chain.Try(4, Evaluation(chain) with { Total = 21 })),
    };

    [TestCaseSource(nameof(Ways))]
    public void Reached_by_its_own_way(KeyValuePair<Rejection, Func<Rejection>> way) =>
        Assert.That(way.Value(), Is.EqualTo(way.Key));

    [Test]
    public void No_reason_is_without_a_way() =>
        Assert.That(Ways.Keys, Is.EquivalentTo(Enum.GetValues<Rejection>().Except([Rejection.NonceTooFarAhead])),
            "NonceTooFarAhead is the pool's own");

    [Test]
    public void Jail_opens_when_its_time_is_over_and_never_for_the_tombstoned()
    {
        Assert.That(WhenJailed(wait: 1), Is.EqualTo(Rejection.None));
        Assert.That(WhenTombstoned(new Payload.Stake(1_000)), Is.EqualTo(Rejection.Tombstoned));
        Assert.That(WhenTombstoned(new Payload.Unstake(1_000)), Is.EqualTo(Rejection.None));
    }

    [Test]
    public void A_refused_transaction_changes_nothing()
    {
        var chain = new SomeChain();
        var state = chain.State;
        Transition.TryTransaction(ref state, chain.From(0, Pay(100_000)).Body, chain.Who(1));

        Assert.That(state, Is.SameAs(chain.State));
    }

    private static Payload.Transfer Pay(ulong amount) => new(new(Some.Key(8).PublicKey), amount);

    private static Payload.Evaluate Evaluation(SomeChain chain) =>
        new(chain.Task, 0, chain.Round.Parameters, 10, 20, 9_000);

    private static Rejection At(Phase phase, Func<SomeChain, Rejection> attempt)
    {
        var chain = new SomeChain();
        chain.Reach(phase, 4, 5 - (phase == Phase.Commit ? 3 : 0));
        Assert.That(chain.Round.Phase, Is.EqualTo(phase));
        return attempt(chain);
    }

    private static Rejection WithWrongNonce()
    {
        var chain = new SomeChain();
        var state = chain.State;
        return Transition.TryTransaction(ref state, chain.From(0, Pay(5), ahead: 1).Body, chain.Who(0));
    }

    private static Rejection WhenAllUnstake()
    {
        var chain = new SomeChain();
        for (var i = 0; i < 3; i++)
            chain.Next(chain.From(i, new Payload.Unstake(1_000)));
        return chain.Try(3, new Payload.Unstake(1_000));
    }

    private static Rejection WhenJailed(ulong wait)
    {
        var chain = new SomeChain();
        var state = chain.State.With(chain.Who(2), new Standing(0, chain.State.Time + 1, Tombstoned: false));
        state = state with { Time = state.Time + wait };
        return Transition.TryTransaction(ref state, chain.From(2, new Payload.Unjail()).Body, chain.Who(0));
    }

    private static Rejection WhenTombstoned(Payload payload)
    {
        var chain = new SomeChain();
        var state = chain.State.With(chain.Who(2), new Standing(0, null, Tombstoned: true));
        return Transition.TryTransaction(ref state, chain.From(2, payload).Body, chain.Who(0));
    }

    private static Rejection AfterRotating()
    {
        var chain = new SomeChain();
        chain.Next(chain.From(2, chain.Rotation(2, 6)));
        chain.Next(chain.From(2, new Payload.Stake(1_000)));
        return chain.Try(2, chain.Rotation(2, 5));
    }

    private static Rejection WithTooManyContributors()
    {
        var chain = new SomeChain();
        var shards = Enumerable.Range(0, Limits.ContributorsMax).ToImmutableSortedDictionary(
            i => new Address(PublicKey.From(Digest.OfBytes([2, (byte)i]).ToArray())),
            _ => new Shard(default, default, 1, 1, 1, Active: true));
        var state = chain.State.With(chain.State.Tasks[chain.Task] with { Shards = shards });
        return Transition.TryTransaction(ref state, chain.From(5, chain.Shard()).Body, chain.Who(0));
    }

    private static Rejection WhenFinished()
    {
        var chain = new SomeChain(rounds: 1);
        chain.Reach(Phase.Close, 4, 5);
        chain.Close(chain.Closing());
        return chain.Try(4, chain.Shard());
    }

    private static Rejection WhenNotDrawn()
    {
        var chain = new SomeChain(with: spec => spec with { FractionTrain = 500 });
        chain.Reach(Phase.Commit, 3, 4, 5, 6);
        var idle = Enumerable.Range(3, 4).First(i => !Sampling.Takes(chain.State.Tasks[chain.Task], chain.Who(i)));
        return chain.Try(idle, chain.Promise(idle));
    }

    private static Rejection AfterCommitting() => At(Phase.Commit, chain =>
    {
        chain.Next(chain.From(4, chain.Promise(4)));
        return chain.Try(4, chain.Promise(4));
    });

    private static Rejection AfterRevealing() => At(Phase.Reveal, chain =>
    {
        chain.Next(chain.From(4, chain.Opening(4)));
        return chain.Try(4, chain.Opening(4));
    });

    private static Rejection AfterEvaluating() => At(Phase.Commit, chain =>
    {
        chain.Next(chain.From(4, Evaluation(chain)));
        return chain.Try(4, Evaluation(chain));
    });
}
