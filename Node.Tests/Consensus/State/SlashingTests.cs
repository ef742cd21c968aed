using Ledger.Consensus.Chain;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>
/// Evidence in blocks: punished once, within one window on one clock, and no stake gets away before the window closes.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class SlashingTests
{
    // A sixteenth of a second: one checkpoint for each block.
    private const ulong Step = 4_000 / 256 + 1;

    private readonly SomeChain chain = new();

    public SlashingTests()
    {
        chain.Wait(Step);
        chain.Wait(Step);
    }

    private BlockFault With(ulong after, params Evidence[] evidence) =>
        chain.Fault(chain.Build(after: after, evidence: evidence));

    private BlockFault With(params Evidence[] evidence) => With(10, evidence);

    private void Punish(int index, ulong height) => chain.Apply(chain.Build(evidence: [chain.Against(index, height)]));

    private static EvidenceFault Fault(ChainState begun, Evidence evidence) =>
        Slashing.TryPunish(ref begun, evidence);

    [Test]
    public void An_offender_loses_its_share_at_once_its_vote_two_heights_later_and_never_comes_back()
    {
        var supply = chain.State.Supply();
        Punish(2, height: 1);

        Assert.That(chain.State.AccountOf(chain.Who(2)).Stake, Is.EqualTo(950));
        Assert.That((chain.State.Burned, chain.State.Supply()), Is.EqualTo((50UL, supply)));
        Assert.That(chain.State.StandingOf(chain.Who(2)), Is.EqualTo(new Standing(0, null, Tombstoned: true)));
        Assert.That(chain.State.NextValidators.StakeOf(chain.Who(2)), Is.Null, "h + 2");
        Assert.That(chain.State.Validators.StakeOf(chain.Who(2)), Is.EqualTo(1_000), "h + 1");
        Assert.That(chain.Try(2, new Payload.Unjail()), Is.EqualTo(Rejection.Tombstoned));
        Assert.That(chain.Try(2, new Payload.Stake(1_000)), Is.EqualTo(Rejection.Tombstoned));
    }

    [Test]
    public void S14_An_offender_may_still_propose_the_next_block_and_none_after_it()
    {
        var offender = chain.Who(2);
        Punish(2, height: 1);
        var next = chain.Build();
        Assert.That(chain.Fault(next with { Header = next.Header with { Proposer = offender } }),
            Is.EqualTo(BlockFault.None));
        chain.Wait(10);
        var later = chain.Build();

        Assert.That(chain.Fault(later with { Header = later.Header with { Proposer = offender } }),
            Is.EqualTo(BlockFault.WrongProposer));
    }

    [Test]
    public void The_share_is_rounded_up_so_that_small_parts_save_nothing()
    {
        chain.Next(chain.From(2, new Payload.Stake(1)));
        Punish(2, height: 1);

        Assert.That(chain.State.Burned, Is.EqualTo(51), "50.05 of 1,001");
    }

    [Test]
    public void B18_Nobody_is_punished_twice_whatever_the_second_proof()
    {
        Assert.That(With(chain.Against(2, 1), chain.Against(2, 1)), Is.EqualTo(BlockFault.BadEvidence), "in one block");
        Assert.That(With(chain.Against(2, 1), chain.Against(2, 2)), Is.EqualTo(BlockFault.BadEvidence), "two heights");
        Assert.That(With(chain.Against(2, 1), chain.Against(3, 1)), Is.EqualTo(BlockFault.None), "two offenders");
        Punish(2, height: 1);
        Assert.That(With(chain.Against(2, 1)), Is.EqualTo(BlockFault.BadEvidence), "the same, later");
        Assert.That(With(chain.Against(2, 3)), Is.EqualTo(BlockFault.BadEvidence), "another, later");
        Assert.That(With(chain.Against(2, 2, round: 5)), Is.EqualTo(BlockFault.BadEvidence));
    }

    [Test]
    public void B18_The_window_ends_at_the_evidence_age_to_the_millisecond()
    {
        var age = chain.State.Parameters.EvidenceAge;
        var evidence = chain.Against(2, height: 2);
        var sinceThen = chain.State.Time;

        Assert.That(With(sinceThen + age - chain.State.Time, evidence), Is.EqualTo(BlockFault.None));
        Assert.That(With(sinceThen + age - chain.State.Time + 1, evidence), Is.EqualTo(BlockFault.BadEvidence));
        Assert.That(Fault(chain.Begin(age + 1), evidence), Is.EqualTo(EvidenceFault.Expired));
    }

    [Test]
    public void Age_is_overestimated_by_less_than_a_step_and_never_underestimated([Range(1, 5)] int seed)
    {
        var random = new Random(seed);
        var times = new List<ulong> { chain.Genesis.Time, 0, chain.State.Time };
        for (var i = 0; i < 400; i++)
        {
            chain.Wait((ulong)random.Next(1, 40));
            times.Add(chain.State.Time);
        }
        int accepted = 0, expired = 0;
        var begun = chain.Begin(1);
        for (var height = 2; height < times.Count; height++)
        {
            var age = begun.Time - times[height];
            var fault = Fault(begun, chain.Against(2, (ulong)height));
            if (age > 4_000)
                Assert.That(fault, Is.EqualTo(EvidenceFault.Expired), $"{age} ms");
            else if (age + Step <= 4_000)
                Assert.That(fault, Is.EqualTo(EvidenceFault.None), $"{age} ms");
            accepted += fault == EvidenceFault.None ? 1 : 0;
            expired += fault == EvidenceFault.Expired ? 1 : 0;
        }
        Assert.That(Math.Min(accepted, expired), Is.GreaterThan(50));
        Assert.That(begun.Checkpoints, Has.Length.LessThanOrEqualTo(Ledger.Consensus.Codec.Limits.CheckpointsMax + 2));
    }

    [Test]
    public void After_a_long_halt_old_heights_are_too_old_and_new_ones_are_not()
    {
        chain.Wait(1_000_000);
        Assert.That(Fault(chain.Begin(10), chain.Against(2, 2)), Is.EqualTo(EvidenceFault.Expired));
        Assert.That(Fault(chain.Begin(10), chain.Against(2, 3)), Is.EqualTo(EvidenceFault.None));
        Assert.That(chain.State.Checkpoints, Has.Length.EqualTo(1));
    }

    [Test]
    public void S15_Stake_taken_back_right_after_the_offence_is_still_there_when_the_window_closes()
    {
        var offence = chain.State.Height + 1;
        chain.Apply(chain.Build([chain.From(2, new Payload.Unstake(1_000))], after: Step));
        var evidence = chain.Against(2, offence);
        var supply = chain.State.Supply();
        var age = chain.State.Parameters.EvidenceAge;

        Assert.That(With(age + 1, evidence), Is.EqualTo(BlockFault.BadEvidence), "one millisecond late");
        chain.Apply(chain.Build(after: age, evidence: [evidence]));
        Assert.That(chain.State.Unbondings.Values, Is.EqualTo(new[] { 950UL }));
        Assert.That((chain.State.Burned, chain.State.Supply()), Is.EqualTo((50UL, supply)));
    }

    [Test]
    public void Every_part_that_still_unbonds_is_liable_and_what_others_unbond_is_not()
    {
        chain.Next(chain.From(2, new Payload.Stake(5_000)), chain.From(3, new Payload.Stake(5_000)));
        chain.Next(chain.From(2, new Payload.Unstake(1_001)), chain.From(3, new Payload.Unstake(1_001)));
        chain.Wait(500);
        chain.Next(chain.From(2, new Payload.Unstake(999)));
        Punish(2, height: 1);

        Assert.That(chain.State.AccountOf(chain.Who(2)).Stake, Is.EqualTo(3_800));
        Assert.That(chain.State.Unbondings.Where(u => u.Key.Owner == chain.Who(2)).Select(u => u.Value),
            Is.EqualTo(new[] { 950UL, 949UL }));
        Assert.That(chain.State.Unbondings.Where(u => u.Key.Owner == chain.Who(3)).Select(u => u.Value),
            Is.EqualTo(new[] { 1_001UL }));
        Assert.That(chain.State.Burned, Is.EqualTo(200 + 51 + 50));
    }

    [Test]
    public void A_whole_stake_can_be_burned_and_its_unbonding_entry_goes()
    {
        var all = new SomeChain(parameters: SomeChain.Short with { SlashPerMille = 1_000 });
        all.Next(all.From(2, new Payload.Stake(1_000)), all.From(2, new Payload.Unstake(1_000), ahead: 1));
        all.Apply(all.Build(evidence: [all.Against(2, 1)]));

        Assert.That(all.State.AccountOf(all.Who(2)).Stake, Is.Zero);
        Assert.That(all.State.Unbondings, Is.Empty);
        Assert.That(all.State.Burned, Is.EqualTo(2_000));
    }

    [Test]
    public void What_proves_nothing_has_its_reason()
    {
        var begun = chain.Begin(10);
        var own = chain.Against(2, 1);
        var other = SomeChain.Proof(chain.Keys[2], Some.Digest(3), 1);
        var stranger = SomeChain.Proof(Some.Key(99), chain.State.ChainId, 1);

        Assert.That(Fault(begun, own), Is.EqualTo(EvidenceFault.None));
        Assert.That(Fault(begun, other), Is.EqualTo(EvidenceFault.NoProof), "another chain");
        Assert.That(Fault(begun, stranger), Is.EqualTo(EvidenceFault.NothingAtStake));
        Assert.That(Fault(begun, chain.Against(2, begun.Height)), Is.EqualTo(EvidenceFault.TooEarly));
        Assert.That(Fault(begun, chain.Against(2, begun.Height - 1)), Is.EqualTo(EvidenceFault.None));
        Assert.That(With(other), Is.EqualTo(BlockFault.BadEvidence));
    }

    [Test]
    public void The_only_validator_keeps_its_seat_until_somebody_else_has_stake()
    {
        var alone = new SomeChain();
        for (var i = 0; i < 3; i++)
            alone.Next(alone.From(i, new Payload.Unstake(1_000)));
        alone.Wait(10);
        alone.Wait(10);
        alone.Apply(alone.Build(evidence: [alone.Against(3, 5)]));
        alone.Wait(10);
        Assert.That(alone.State.NextValidators.Validators.Select(v => v.Address), Is.EqualTo(new[] { alone.Who(3) }));
        Assert.That(alone.Try(3, new Payload.Unstake(950)), Is.EqualTo(Rejection.LastValidator));
        alone.Next(alone.From(5, new Payload.Stake(1_000)));
        for (var i = 0; i < 12; i++)
            alone.Wait(10);

        Assert.That(alone.State.Validators.Validators.Select(v => v.Address), Is.EqualTo(new[] { alone.Who(5) }));
    }
}
