using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;
using Ledger.Node.Simulation;
using static Ledger.Consensus.Chain.VoteKind;
using static Ledger.Node.Tests.Consensus.Engine.Table;

namespace Ledger.Node.Tests.Consensus.Engine;

/// <summary>
/// Planted bugs: each guard is broken on purpose, and the very script that the correct rules pass must then fail.
/// </summary>
public class GuardTests
{
    private static readonly Block Apple = Table.Block(1), Bread = Table.Block(2);

    private static IEnumerable<TestCaseData> Bugs()
    {
        yield return Bug(new NoLock(), KeepsItsLock);
        yield return Bug(new AnyValidRound(), RefusesPolkasOfTheRoundItself);
        yield return Bug(new UnseenPolka(), WaitsForTheNamedPolka);
        yield return Bug(new AnyTime(), RefusesOldBlocks);
        yield return Bug(new HastyVerdict(), WaitsForTheCheck);
        yield return Bug(new UncheckedProposal(), ChecksItsOwnBlock);
        yield return Bug(new EarlyTimer(), StartsItsTimerAfterItsVote);
        yield return Bug(new LatePolkaLost(), SeesAPolkaAfterItsPrecommit);
        yield return Bug(new LateLock(), PrecommitsOnce);
        yield return Bug(new NilUnlocks(), KeepsItsLockOnNil);
        yield return Bug(new NilLeaves(), WaitsAfterNil);
        yield return Bug(new OnlyThisRound(), DecidesInAPastRound);
        yield return Bug(new AnyRound(), IgnoresOldTimers);
        yield return Bug(new TwoThirds(), NeedsMoreThanTwoThirds);
        yield return Bug(new AnyBallot(), TellsBallotsApart);
        yield return Bug(new SecondVoteCounts(), CountsAVoterOnce);
        yield return Bug(new SecondVoteNever(), SeesTheQuorumOfTheOthers);
        yield return Bug(new AnyCertificate(), RefusesHalfACertificate);
        yield return Bug(new EveryRound(), KeepsFewRounds);
    }

    [TestCaseSource(nameof(Bugs))]
    public void A_planted_bug_is_caught(object broken, Func<object, bool> script)
    {
        Assert.That(script(new Guards()), "the correct rules pass");
        Assert.That(script(broken), Is.False, "the planted bug must be noticed");
    }

    [Test]
    public void Every_guard_is_broken_in_some_test()
    {
        var guards = typeof(Guards).GetMethods(
                System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)
            .Where(m => m.IsVirtual && m.DeclaringType == typeof(Guards)).Select(m => m.Name);
        var broken = Bugs().SelectMany(b => b.Arguments[0]!.GetType().GetMethods(
                System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic))
            .Where(m => m.DeclaringType != typeof(Guards) && m.DeclaringType != typeof(object)).Select(m => m.Name);

        Assert.That(guards, Is.SubsetOf(broken.ToHashSet()));
    }

    private static bool KeepsItsLock(Guards guards)
    {
        var table = new Table(guards: guards).LockedOn(Apple);
        return table.ProposeValid(Bread, 1).Contains(table.Cast(Prevote, 1, null));
    }

    private static bool RefusesPolkasOfTheRoundItself(Guards guards)
    {
        var table = new Table(guards: guards).LockedOn(Apple);
        table.PrevotesAgain(1, Bread, 0, 0, 1, 2);
        return !table.ProposeValid(Bread, 1, validRound: 1).Contains(table.Cast(Prevote, 1, Bread, 1));
    }

    private static bool WaitsForTheNamedPolka(Guards guards)
    {
        var table = new Table(guards: guards);
        table.Precommits(0, null, 0, 1, 2);
        table.Timeout(Step.Precommit, 0);
        return !table.ProposeValid(Apple, 1, validRound: 0).Contains(table.Cast(Prevote, 1, Apple, 0));
    }

    private static bool RefusesOldBlocks(Guards guards)
    {
        var table = new Table(guards: guards);
        return table.Handle(Proposal(Apple, 0, null, 0, received: 1_000_000), new Input.Validated(Apple.Id, true))
            .Contains(table.Cast(Prevote, 0, null));
    }

    private static bool WaitsForTheCheck(Guards guards) =>
        !new Table(guards: guards).Propose(Apple, 0).Any(e => e is Effect.Cast);

    private static bool ChecksItsOwnBlock(Guards guards) =>
        !new Table(self: 0, guards: guards).Handle(new Input.Built(0, Apple)).Any(e => e is Effect.Propose);

    private static bool StartsItsTimerAfterItsVote(Guards guards)
    {
        var table = new Table(guards: guards);
        table.Prevotes(0, null, 0, 1);
        table.Prevotes(0, Bread, 2);
        return table.ProposeValid(Apple, 0).Contains(Timer(Step.Prevote, 0));
    }

    private static bool SeesAPolkaAfterItsPrecommit(Guards guards)
    {
        var table = GivenUp(guards);
        table.Prevotes(0, Apple, 0, 1, 2);
        return table.State.Valid == new Polka(Apple.Id, 0);
    }

    private static bool PrecommitsOnce(Guards guards) =>
        !GivenUp(guards).Prevotes(0, Apple, 0, 1, 2).Any(e => e is Effect.Cast { Vote.Kind: Precommit });

    private static bool KeepsItsLockOnNil(Guards guards)
    {
        var table = new Table(guards: guards).LockedOn(Apple);
        table.Timeout(Step.Propose, 1);
        table.Prevotes(1, null, 0, 1, 2);
        return table.State.Locked is not null;
    }

    private static bool WaitsAfterNil(Guards guards)
    {
        var table = new Table(guards: guards);
        table.Precommits(0, null, 0, 1, 2);
        return table.State.Round == 0;
    }

    private static bool DecidesInAPastRound(Guards guards)
    {
        var table = new Table(guards: guards).LockedOn(Apple);
        table.Precommits(0, Apple, 3);
        table.Handle(Commit(0, Apple, 0, 1, 3));
        return table.State.Decided;
    }

    private static bool IgnoresOldTimers(Guards guards) =>
        new Table(guards: guards).LockedOn(Apple).Timeout(Step.Propose, 0).Count == 0;

    private static bool NeedsMoreThanTwoThirds(Guards guards)
    {
        var table = new Table(self: 2, seats: 3, guards: guards);
        table.ProposeValid(Apple, 0);
        table.Prevotes(0, Apple, 0, 1);
        return table.State.Locked is null;
    }

    private static bool TellsBallotsApart(Guards guards)
    {
        var table = new Table(guards: guards).LockedOn(Apple);
        table.Prevotes(1, Apple, 0);
        table.PrevotesAgain(1, Apple, 0, 1, 2);
        return table.Agreement.Votes.QuorumBlock(1, Prevote) is null;
    }

    private static bool CountsAVoterOnce(Guards guards)
    {
        var table = new Table(guards: guards);
        table.Prevotes(0, Apple, 0, 1);
        table.Prevotes(0, Bread, 1, 2, 3, 0);
        return table.Agreement.Votes.QuorumBlock(0, Prevote) is null;
    }

    private static bool SeesTheQuorumOfTheOthers(Guards guards)
    {
        var table = new Table(guards: guards);
        table.Prevotes(0, Apple, 0);
        table.Handle(Polka(0, Bread, null, 0, 1, 2));
        return table.Agreement.Votes.QuorumBlock(0, Prevote) == Bread.Id;
    }

    private static bool RefusesHalfACertificate(Guards guards)
    {
        var table = new Table(guards: guards);
        table.Prevotes(0, Apple, 0);
        table.Prevotes(0, Bread, 1, 2);
        table.Handle(Polka(0, Bread, null, 0));
        return table.Agreement.Votes.QuorumBlock(0, Prevote) is null;
    }

    private static bool KeepsFewRounds(Guards guards)
    {
        var table = new Table(guards: guards);
        for (uint round = 1; round < 100; round++)
            table.Prevotes(round, null, 0);
        return table.Agreement.Votes.Rounds.Count() < 5;
    }

    // Precommitted nil in round 0 though the proposal was good.
    private static Table GivenUp(Guards guards)
    {
        var table = new Table(guards: guards);
        table.ProposeValid(Apple, 0);
        table.Timeout(Step.Prevote, 0);
        return table;
    }

    private static TestCaseData Bug(Guards broken, Func<Guards, bool> script) =>
        new TestCaseData(broken, (Func<object, bool>)(guards => script((Guards)guards)))
            .SetName($"{broken.GetType().Name} is caught");
}
