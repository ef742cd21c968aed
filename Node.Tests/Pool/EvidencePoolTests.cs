using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;
using Ledger.Node.Pool;
using Ledger.Node.Tests.Consensus.State;

namespace Ledger.Node.Tests.Pool;

/// <summary>Evidence waits until it has done its work, in bounds, and through a restart.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class EvidencePoolTests
{
    private readonly SomeChain chain = new();
    private readonly EvidencePool pool = new();

    public EvidencePoolTests() => chain.Wait(100);

    private static SecretKey[] Crowd(int count) => [.. Enumerable.Range(100, count).Select(Some.Key)];

    private static ChainState With(ChainState state, IEnumerable<SecretKey> stakers) => stakers.Aggregate(
        state, (next, key) => next.With(new Address(key.PublicKey), new Account(0, 1_000, 0)));

    [Test]
    public void Evidence_of_the_height_at_hand_waits_for_the_height_after_it()
    {
        Assert.That(pool.Add(chain.Against(2, height: 2), chain.State), Is.EqualTo(EvidenceFault.None));
        Assert.That(pool.Add(chain.Against(3, height: 3), chain.State), Is.EqualTo(EvidenceFault.TooEarly));
        var begun = chain.Begin(10);
        Assert.That(pool.Pick(ref begun), Is.Empty);
        chain.Wait(10);
        begun = chain.Begin(10);
        var picked = pool.Pick(ref begun);

        Assert.That(picked.Select(e => e.Offender), Is.EqualTo(new[] { chain.Who(2) }));
        Assert.That(begun.StandingOf(chain.Who(2)).Tombstoned, "the transactions meet the state after the evidence");
        Assert.That(chain.Fault(chain.Build(evidence: picked)), Is.EqualTo(BlockFault.None));
    }

    [Test]
    public void What_has_done_its_work_or_is_too_old_is_dropped()
    {
        pool.Add(chain.Against(2, 1), chain.State);
        pool.Add(chain.Against(3, 1), chain.State);
        Assert.That(pool.Recheck(chain.State), Is.False);
        chain.Apply(chain.Build(evidence: [chain.Against(2, 1)]));
        Assert.That(pool.Recheck(chain.State), Is.True);
        Assert.That(pool.All.Select(e => e.Offender), Is.EqualTo(new[] { chain.Who(3) }));
        chain.Wait(4_001);
        pool.Recheck(chain.State);

        Assert.That(pool.All, Is.Empty);
    }

    [Test]
    public void B18_Two_hundred_offenders_are_punished_in_four_blocks_each_once()
    {
        var crowd = Crowd(200);
        var state = With(chain.State, crowd);
        foreach (var key in crowd)
            Assert.That(pool.Add(SomeChain.Proof(key, state.ChainId, 1), state), Is.EqualTo(EvidenceFault.None));
        var sizes = new List<int>();
        for (var block = 0; block < 5; block++)
        {
            state = Transition.Begin(state, state.Time + 10, chain.Proposer, chain.Commit);
            sizes.Add(pool.Pick(ref state).Count);
            pool.Recheck(state);
        }

        Assert.That(sizes, Is.EqualTo(new[] { 64, 64, 64, 8, 0 }));
        Assert.That(state.Burned, Is.EqualTo(200 * 50));
        Assert.That(pool.All, Is.Empty);
    }

    [Test]
    public void A_flood_of_offenders_finds_its_bound()
    {
        var crowd = Crowd(OverlayLimits.PendingEvidenceMax + 5);
        var state = With(chain.State, crowd);
        foreach (var key in crowd)
            pool.Add(SomeChain.Proof(key, state.ChainId, 1), state);

        Assert.That(pool.All, Has.Count.EqualTo(OverlayLimits.PendingEvidenceMax));
    }

    [Test]
    public void What_proves_nothing_takes_no_room()
    {
        Assert.That(pool.Add(SomeChain.Proof(chain.Keys[2], default, 1), chain.State),
            Is.EqualTo(EvidenceFault.NoProof));
        Assert.That(pool.Add(SomeChain.Proof(Some.Key(99), chain.State.ChainId, 1), chain.State),
            Is.EqualTo(EvidenceFault.NothingAtStake));
        Assert.That(pool.All, Is.Empty);
    }

    [Test]
    public void A_restart_brings_back_what_still_holds_and_damage_is_noticed()
    {
        pool.Add(chain.Against(2, 1), chain.State);
        pool.Add(chain.Against(3, 1), chain.State);
        var note = pool.Encode();
        chain.Apply(chain.Build(evidence: [chain.Against(2, 1)]));
        var again = new EvidencePool();

        Assert.That(again.TryRestore(note, chain.State), Is.True);
        Assert.That(again.All.Select(e => e.Offender), Is.EqualTo(new[] { chain.Who(3) }));
        Assert.That(new EvidencePool().TryRestore(note[..^1], chain.State), Is.False);
        Assert.That(new EvidencePool().TryRestore([], chain.State), Is.False);
    }

    [Test]
    public void The_largest_evidence_fits_its_bound()
    {
        var key = Some.Key(1);
        var vote = new Vote(VoteKind.Prevote, ulong.MaxValue, Limits.RoundMax, Some.Digest(1), new(key.PublicKey))
        {
            ValidRound = Limits.RoundMax - 1,
        };
        var evidence = Evidence.DuplicateVote.Of(
            new(vote, key.Sign(vote.SigningDigest(default))), new(vote with { Block = Some.Digest(2) }, default));

        Assert.That(evidence.Encode(), Has.Length.LessThanOrEqualTo(OverlayLimits.EvidenceBytesMax));
        Assert.That(evidence.Encode().Length * Limits.BlockEvidenceMax, Is.LessThan(64 * 1024), "a part of a block");
    }
}
