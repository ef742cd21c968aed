using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;
using static Ledger.Consensus.Chain.VoteKind;

namespace Ledger.Node.Tests.Consensus.Engine;

/// <summary>
/// Planted bugs: each guard is broken on purpose, and the very script that the correct rules pass must then fail.
/// </summary>
public class GuardTests
{
    private static readonly Block Apple = Table.Block(1), Bread = Table.Block(2);

    [Test]
    public void A_validator_that_forgets_its_lock_is_caught() => IsCaught(new NoLock(), KeepsItsLock);

    [Test]
    public void A_validator_that_takes_a_polka_of_its_own_round_is_caught() =>
        IsCaught(new AnyValidRound(), RefusesStalePolkas);

    [Test]
    public void A_validator_that_skips_the_round_guard_is_caught() => IsCaught(new AnyRound(), IgnoresOldTimers);

    private static void IsCaught(Guards broken, Func<Guards, bool> script)
    {
        Assert.That(script(new Guards()), "the correct rules pass");
        Assert.That(script(broken), Is.False, "the planted bug must be noticed");
    }

    private static bool KeepsItsLock(Guards guards)
    {
        var table = new Table(guards: guards).LockedOn(Apple);
        return table.ProposeValid(Bread, 1).Contains(table.Cast(Prevote, 1, null));
    }

    private static bool RefusesStalePolkas(Guards guards)
    {
        var table = new Table(guards: guards).LockedOn(Apple);
        table.Prevotes(1, Bread, 0, 1, 2);
        return !table.ProposeValid(Bread, 1, validRound: 1).Contains(table.Cast(Prevote, 1, Bread));
    }

    private static bool IgnoresOldTimers(Guards guards)
    {
        var table = new Table(guards: guards).LockedOn(Apple);
        return table.Timeout(Step.Propose, 0).Count == 0;
    }
}
