using Ledger.Consensus.Chain;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>
/// Chains on which everybody stakes, unstakes, is absent, contradicts itself and asks to be back, at random: an oracle
/// that shares no code with the rules looks at every block, and finds each bug that is planted.
/// </summary>
public class StakeRunTests
{
    private const int Blocks = 500;

    [Test]
    public void Random_chains_of_stake_keep_every_property([Range(1, 4)] int seed)
    {
        var random = new Random(seed);
        var chain = new SomeChain(parameters: SomeChain.Short with { DowntimeBlocks = 4, JailTime = 200 });
        var oracle = new StakeOracle(chain.State);
        int changes = 0, jailed = 0, released = 0, rotated = 0;
        for (var height = 1; height <= Blocks; height++)
        {
            var before = chain.State;
            chain.Apply(AnyBlock(random, chain));
            var after = chain.State;
            Assert.That(oracle.Complaints(before, chain.Blocks[^1], after), Is.Empty, $"height {height}");
            changes += before.NextValidators.TotalStake != after.NextValidators.TotalStake ? 1 : 0;
            jailed += after.Standings.Count(s => s.Value.JailedUntil is not null
                && before.StandingOf(s.Key).JailedUntil is null);
            rotated += after.Rotations.Keys.Count(from => !before.Rotations.ContainsKey(from));
            released += before.Unbondings.Count > after.Unbondings.Count ? 1 : 0;
        }
        Assert.That(new[] { changes, jailed, released, rotated, oracle.Punished }, Is.All.GreaterThan(0), "too tame");
        AssertReplaysTheSame(chain);
    }

    private static void AssertReplaysTheSame(SomeChain chain)
    {
        var replayed = FirstState.From(chain.Genesis);
        for (var i = 0; i < chain.Blocks.Count; i++)
        {
            // As after a restart at any height: what the leaves hold is the whole state.
            if (i % 16 == 0)
                replayed = chain.Restarted(replayed)!;
            Assert.That(Transition.TryApply(replayed, chain.Blocks[i], out var next), Is.EqualTo(BlockFault.None));
            replayed = next!;
        }
        Assert.That(replayed.Tree.Root, Is.EqualTo(chain.State.Tree.Root));
        Assert.That(replayed.NextValidators, Is.EqualTo(chain.State.NextValidators), "priorities too");
    }

    private static Block AnyBlock(Random random, SomeChain chain)
    {
        Dismiss(random, chain);
        var after = (ulong)random.Next(1, 100);
        var begun = chain.Begin(after);
        var transactions = new List<SignedTransaction>();
        Evidence[] evidence = random.Next(30) == 0
            ? [chain.Against(random.Next(2, 8), begun.Height - (ulong)random.Next((int)begun.Height) % 150)]
            : [];
        // What is refused stays out, as a proposer would have it.
        evidence = [.. evidence.Where(e => Slashing.TryPunish(ref begun, e) == EvidenceFault.None)];
        begun = Transition.Close(begun, []);
        for (var i = 0; i < 3; i++)
        {
            var sender = random.Next(8);
            var body = new Transaction(
                chain.Who(sender), begun.AccountOf(chain.Who(sender)).Nonce, 1, Any(random, chain, begun, sender));
            if (Transition.TryTransaction(ref begun, body, chain.Proposer) == Rejection.None)
                transactions.Add(body.Sign(begun.ChainId, chain.Keys[sender]));
        }
        return chain.Build(transactions, after: after, evidence: evidence);
    }

    // Somebody stops signing, and the others start again, as long as a quorum signs.
    private static void Dismiss(Random random, SomeChain chain)
    {
        var set = chain.State.Validators;
        if (random.Next(20) == 0)
        {
            chain.Absent.Clear();
            chain.Absent.Add(set.Validators[random.Next(set.Validators.Length)].Address);
        }
        if (!set.IsQuorum(set.TotalStake - chain.Absent.Aggregate(0UL, (sum, a) => sum + (set.StakeOf(a) ?? 0))))
            chain.Absent.Clear();
    }

    private static Payload Any(Random random, SomeChain chain, ChainState state, int sender) => random.Next(6) switch
    {
        0 or 1 => new Payload.Stake((ulong)random.Next(500, 8_000)),
        2 => new Payload.Unstake((ulong)random.Next(1, 3_000)),
        3 => new Payload.Unstake(state.AccountOf(chain.Who(sender)).Stake),
        4 => chain.Rotation(sender, random.Next(8)),
        _ => new Payload.Unjail(),
    };

    private static IEnumerable<TestCaseData> PlantedBugs()
    {
        yield return Bug("The_share_is_burned_twice", (s, offender) =>
            s.With(offender, s.AccountOf(offender) with { Stake = s.AccountOf(offender).Stake - 50 })
                with
            { Burned = s.Burned + 50 });
        yield return Bug("Unbonding_tokens_escape", (s, offender) => s with
        {
            Unbondings = s.Unbondings.SetItem(Entry(s, offender), s.Unbondings[Entry(s, offender)] + 50),
            Burned = s.Burned - 50,
        });
        yield return Bug("One_token_is_lost", (s, _) => s with { Burned = s.Burned - 1 });
        yield return Bug("One_token_is_made", (s, offender) =>
            s.With(offender, s.AccountOf(offender) with { Balance = s.AccountOf(offender).Balance + 1 }));
        yield return Bug("The_offender_may_come_back", (s, offender) => s.With(offender, default(Standing)));
        yield return Bug("A_third_of_the_power_moves", (s, _) => s with
        {
            NextValidators = Proposers.WithStakes(s.NextValidators,
                s.NextValidators.Validators.Select(v => (v.Address, v.Stake + 500))),
        });
        yield return Bug("The_announced_set_is_changed", (s, _) => s with { Validators = s.NextValidators });
    }

    [TestCaseSource(nameof(PlantedBugs))]
    public void A_planted_bug_is_found(Func<ChainState, Address, ChainState> bug)
    {
        var chain = Offended(out var offender);
        var before = chain.State;
        Assert.That(Witness(chain).Complaints(before, Punishing(chain), After(chain)), Is.Empty);
        Assert.That(Witness(chain).Complaints(before, Punishing(chain), bug(After(chain), offender)), Is.Not.Empty);
    }

    [Test]
    public void A_rule_that_takes_old_or_repeated_evidence_is_found()
    {
        var chain = Offended(out _);
        var late = Late(chain);
        Assert.That(Witness(chain).Complaints(chain.State, late, After(chain)), Has.Member("evidence was too old"));
        var witness = Witness(chain);
        Assert.That(witness.Complaints(chain.State, Punishing(chain), After(chain)), Is.Empty);
        Assert.That(witness.Complaints(chain.State, Punishing(chain), After(chain)),
            Has.Member("somebody was punished twice"));
    }

    private static TestCaseData Bug(string name, Func<ChainState, Address, ChainState> plant) =>
        new TestCaseData(plant).SetName(name);

    private static Unbonding Entry(ChainState state, Address owner) =>
        state.Unbondings.Keys.Single(entry => entry.Owner == owner);

    private static SomeChain Offended(out Address offender)
    {
        var chain = new SomeChain();
        chain.Next(chain.From(2, new Payload.Stake(1_000)), chain.From(2, new Payload.Unstake(1_000), ahead: 1));
        offender = chain.Who(2);
        return chain;
    }

    private static StakeOracle Witness(SomeChain chain)
    {
        var oracle = new StakeOracle(FirstState.From(chain.Genesis));
        oracle.Complaints(FirstState.From(chain.Genesis), chain.Blocks[0], chain.State);
        return oracle;
    }

    private static Block Punishing(SomeChain chain) => chain.Build(evidence: [chain.Against(2, 1)]);

    private static Block Late(SomeChain chain) => chain.Build(after: 4_001, evidence: [chain.Against(2, 1)]);

    private static ChainState After(SomeChain chain) =>
        Transition.TryApply(chain.State, Punishing(chain), out var after) == BlockFault.None ? after! : chain.State;
}
