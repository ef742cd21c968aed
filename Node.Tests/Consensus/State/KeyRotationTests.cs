using Ledger.Consensus.Chain;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>A validator changes its key: the stake goes over at once, and with it all that it answers for.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class KeyRotationTests
{
    private const int Old = 2, New = 6;

    private readonly SomeChain chain = new();

    [Test]
    public void The_stake_goes_over_at_once_and_the_power_within_the_safe_limits()
    {
        var supply = chain.State.Supply();
        Rotate(Old, New);

        Assert.That(chain.State.AccountOf(chain.Who(Old)).Stake, Is.Zero);
        Assert.That(chain.State.AccountOf(chain.Who(New)).Stake, Is.EqualTo(1_000));
        Assert.That(chain.State.Supply(), Is.EqualTo(supply));
        Assert.That(chain.State.Validators.StakeOf(chain.Who(Old)), Is.EqualTo(1_000), "both keys sign for a while");
        UntilPowerless(Old);
        chain.Wait(10);
        Assert.That(chain.State.Validators.StakeOf(chain.Who(New)), Is.EqualTo(1_000));
    }

    [Test]
    public void What_the_old_key_signed_while_it_had_power_costs_the_new_one()
    {
        Rotate(Old, New);
        var last = UntilPowerless(Old);

        chain.Apply(chain.Build(evidence: [chain.Against(Old, last)]));

        Assert.That(chain.State.AccountOf(chain.Who(New)).Stake, Is.EqualTo(950));
        Assert.That(chain.State.Burned, Is.EqualTo(50));
        Assert.That(new[] { Old, New }.Select(i => chain.State.StandingOf(chain.Who(i)).Tombstoned), Is.All.True);
        Assert.That(chain.Fault(chain.Build(evidence: [chain.Against(Old, last - 1)])),
            Is.EqualTo(BlockFault.BadEvidence), "once");
    }

    [Test]
    public void A_stolen_key_that_has_lost_its_power_does_the_new_one_no_harm()
    {
        Rotate(Old, New);
        var last = UntilPowerless(Old);
        chain.Wait(10);

        var begun = chain.Begin(10);
        Assert.That(Slashing.Check(begun, chain.Against(Old, last)), Is.EqualTo(EvidenceFault.None));
        Assert.That(Slashing.Check(begun, chain.Against(Old, last + 1)), Is.EqualTo(EvidenceFault.NothingAtStake));
    }

    [Test]
    public void Who_steals_an_old_key_and_stakes_with_it_risks_its_own_tokens_alone()
    {
        Rotate(Old, New);
        UntilPowerless(Old);
        chain.Next(chain.From(Old, new Payload.Stake(1_000)));
        chain.Wait(10);
        chain.Apply(chain.Build(evidence: [chain.Against(Old, chain.State.Height)]));

        Assert.That(chain.State.StandingOf(chain.Who(Old)).Tombstoned, Is.True);
        Assert.That(chain.State.AccountOf(chain.Who(New)).Stake, Is.EqualTo(1_000));
        Assert.That(chain.State.StandingOf(chain.Who(New)), Is.EqualTo(default(Standing)));
    }

    [Test]
    public void Who_changes_its_key_again_and_again_pays_once_with_all_that_is_left()
    {
        Rotate(Old, New);
        Rotate(New, 5);
        Rotate(5, Old);
        chain.Apply(chain.Build(evidence: [chain.Against(New, chain.State.Height)]));

        Assert.That(chain.State.AccountOf(chain.Who(Old)).Stake, Is.EqualTo(950), "round in a circle");
        Assert.That(chain.State.Burned, Is.EqualTo(50));
        Assert.That(chain.Fault(chain.Build(evidence: [chain.Against(5, chain.State.Height)])),
            Is.EqualTo(BlockFault.BadEvidence));
    }

    [Test]
    public void What_unbonds_stays_with_the_old_key_and_answers_for_it()
    {
        chain.Next(chain.From(Old, new Payload.Stake(1_000)), chain.From(Old, new Payload.Unstake(1_000), ahead: 1));
        Rotate(Old, New);
        chain.Apply(chain.Build(evidence: [chain.Against(Old, chain.State.Height)]));

        Assert.That(chain.State.Unbondings.Single(), Is.EqualTo(KeyValuePair.Create(
            chain.State.Unbondings.Keys.Single(u => u.Owner == chain.Who(Old)), 950UL)));
        Assert.That(chain.State.Burned, Is.EqualTo(100));
    }

    [Test]
    public void A_new_key_does_not_open_the_jail()
    {
        var jailed = new Standing(3, chain.State.Time + 500, Tombstoned: false);
        var state = chain.State.With(chain.Who(Old), jailed);
        var refused = Transition.TryTransaction(
            ref state, chain.From(Old, chain.Rotation(Old, New)).Body, chain.Who(0));

        Assert.That(refused, Is.EqualTo(Rejection.None));
        Assert.That(state.StandingOf(chain.Who(New)), Is.EqualTo(jailed with { Missed = 0 }));
        Assert.That(state.StandingOf(chain.Who(Old)), Is.EqualTo(default(Standing)));
    }

    [Test]
    public void A_rotation_is_forgotten_when_the_unbonding_time_has_passed_since_the_power_went()
    {
        Rotate(Old, New);
        chain.Wait(chain.State.Parameters.Unbonding * 2);
        Assert.That(chain.State.Rotations, Has.Count.EqualTo(1), "it still had power");
        UntilPowerless(Old);
        chain.Wait(chain.State.Parameters.Unbonding - 1);
        Assert.That(chain.State.Rotations, Has.Count.EqualTo(1));
        chain.Wait(1);
        Assert.That(chain.State.Rotations, Is.Empty);
    }

    [Test]
    public void Nobody_is_made_liable_without_its_consent_to_this_key_on_this_chain()
    {
        var elsewhere = new SomeChain(rounds: 5);
        Assert.That(elsewhere.State.ChainId, Is.Not.EqualTo(chain.State.ChainId));
        var consents = new[]
        {
            chain.Rotation(3, New), chain.Rotation(Old, 5) with { To = chain.Who(New) }, elsewhere.Rotation(Old, New),
        };

        foreach (var consent in consents)
            Assert.That(chain.Try(Old, consent), Is.EqualTo(Rejection.NoConsent));
        Assert.That(chain.Try(Old, chain.Rotation(Old, New)), Is.EqualTo(Rejection.None));
        Assert.That(chain.Try(Old, chain.Rotation(Old, Old)), Is.EqualTo(Rejection.KeyInUse));
        Assert.That(chain.Try(5, chain.Rotation(5, New)), Is.EqualTo(Rejection.InsufficientStake));
    }

    private void Rotate(int from, int to) => chain.Next(chain.From(from, chain.Rotation(from, to)));

    // The last height on which it had power.
    private ulong UntilPowerless(int key)
    {
        while (chain.State.Validators.StakeOf(chain.Who(key)) is not null)
            chain.Wait(10);
        return chain.State.Height;
    }
}
