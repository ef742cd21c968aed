using Ledger.Consensus.Chain;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>Who is missing for too long is jailed; whoever is there, however slow, is not.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class AttendanceTests
{
    private readonly SomeChain chain =
        new(parameters: SomeChain.Short with { DowntimeBlocks = 3, JailTime = 1_000 });

    private Address Idler => chain.Who(2);

    public AttendanceTests()
    {
        chain.Wait(10);
        chain.Absent.Add(Idler);
        chain.Wait(10);
    }

    [Test]
    public void A_validator_is_jailed_at_the_last_miss_and_not_before()
    {
        chain.Wait(10);
        chain.Wait(10);
        Assert.That(chain.State.StandingOf(Idler), Is.EqualTo(new Standing(2, null, false)));
        chain.Wait(10);
        Assert.That(chain.State.StandingOf(Idler), Is.EqualTo(new Standing(0, chain.State.Time + 1_000, false)));
        Assert.That(chain.State.AccountOf(Idler).Stake, Is.EqualTo(1_000), "absence costs no stake");
        Assert.That(chain.State.NextValidators.StakeOf(Idler), Is.Null);
        Assert.That(chain.State.Validators.StakeOf(Idler), Is.EqualTo(1_000));
    }

    [Test]
    public void One_signature_in_time_starts_the_count_again()
    {
        chain.Wait(10);
        chain.Absent.Clear();
        chain.Wait(10);
        Assert.That(chain.State.StandingOf(Idler).Missed, Is.EqualTo(2));
        chain.Wait(10);
        Assert.That(chain.State.Standings, Is.Empty);
    }

    [Test]
    public void Who_proposes_is_there_even_where_no_certificate_names_it()
    {
        chain.Wait(10);
        var block = chain.Build();
        chain.Apply(block with { Header = block.Header with { Proposer = Idler } });

        Assert.That(chain.State.StandingOf(Idler).Missed, Is.Zero);
    }

    [Test]
    public void Jail_opens_to_the_millisecond_and_the_seat_is_back_two_heights_later()
    {
        for (var i = 0; i < 3; i++)
            chain.Wait(10);
        chain.Absent.Clear();
        var index = chain.Keys.Index().Single(k => new Address(k.Item.PublicKey) == Idler).Index;
        var until = chain.State.StandingOf(Idler).JailedUntil!.Value;
        var left = until - chain.State.Time;

        Assert.That(chain.Fault(chain.Build([chain.From(index, new Payload.Unjail())], after: left - 1)),
            Is.EqualTo(BlockFault.RejectedTransaction));
        chain.Apply(chain.Build([chain.From(index, new Payload.Unjail())], after: left));
        Assert.That(chain.State.Standings, Is.Empty);
        Assert.That(chain.State.Validators.StakeOf(Idler), Is.Null);
        Assert.That(chain.State.NextValidators.StakeOf(Idler), Is.EqualTo(999), "less than a third of 3,000");
        chain.Wait(10);
        Assert.That(chain.State.NextValidators.StakeOf(Idler), Is.EqualTo(1_000));
    }

    [Test]
    public void The_last_one_who_may_vote_is_never_jailed()
    {
        var state = chain.Begin(10);
        foreach (var i in new[] { 0, 1, 3 })
            state = state.With(chain.Who(i), new Standing(0, state.Time + 1, Tombstoned: false));
        for (var i = 0; i < 10; i++)
            state = Attendance.Count(state, chain.Who(0), chain.Commit);

        Assert.That(state.StandingOf(Idler), Is.EqualTo(new Standing(11, null, false)));
    }

    [Test]
    public void What_was_missed_is_forgotten_when_a_validator_has_left()
    {
        chain.Wait(10);
        chain.Next(chain.From(2, new Payload.Unstake(1_000)));
        chain.Wait(10);
        chain.Wait(10);

        Assert.That(chain.State.Standings, Is.Empty);
    }
}
