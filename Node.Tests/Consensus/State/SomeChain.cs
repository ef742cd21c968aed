using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>
/// A chain of four validators with equal stakes and one task, driven by hand: every block is signed by all and goes
/// through <see cref="Transition.TryApply"/>.
/// </summary>
internal sealed class SomeChain
{
    internal const ulong Window = 1_000;

    /// <summary>Periods of seconds, so that a test can let them pass.</summary>
    internal static readonly ChainParameters Short =
        new() { TrustingPeriod = 2_000, EvidenceAge = 4_000, Unbonding = 5_000, SnapshotInterval = 10 };

    /// <summary>Nothing is too old in a test's time.</summary>
    internal static readonly ChainParameters Patient = new() { SnapshotInterval = 10 };

    private readonly Dictionary<Address, SecretKey> keys = [];
    private CommitCertificate? commit;

    internal SomeChain(
        uint rounds = 3, ulong reward = 100, ulong deposit = 10, uint minContributors = 2,
        ChainParameters? parameters = null, uint committee = 0, Func<TaskSpec, TaskSpec>? with = null)
    {
        Keys = [.. Enumerable.Range(1, 8).Select(Some.Key).OrderBy(k => k.PublicKey)];
        foreach (var key in Keys)
            keys[new(key.PublicKey)] = key;
        Genesis = new()
        {
            Name = "test",
            Time = 1_000_000_000_000,
            Parameters = parameters ?? Short,
            Validators = [.. Enumerable.Range(0, 4).Select(i => new GenesisValidator(Who(i), 1_000))],
            Accounts = [.. Enumerable.Range(0, 7).Select(i => new GenesisAccount(Who(i), 100_000))],
            Tasks =
            [
                new(Who(0), (with ?? (spec => spec))(Spec(rounds, reward, deposit, minContributors, committee))),
            ],
            Peers = ["node1@127.0.0.1:9000"],
        };
        State = FirstState.From(Genesis);
        Trees.Add(State.Tree);
        Task = State.Tasks.Keys.Single();
    }

    internal Genesis Genesis { get; }

    internal ImmutableArray<SecretKey> Keys { get; }

    /// <summary>A store that keeps it gives it back in another form.</summary>
    internal ChainState State { get; set; }

    /// <summary>What a light client may ask for: the block of height h is at h - 1.</summary>
    internal List<LightBlock> Headers { get; } = [];

    /// <summary>The tree after height h is at h.</summary>
    internal List<StateTree> Trees { get; } = [];

    internal Digest Task { get; }

    internal Round Round => State.Tasks[Task].Round;

    /// <summary>Who signs no certificates.</summary>
    internal HashSet<Address> Absent { get; } = [];

    /// <summary>Every block so far.</summary>
    internal List<Block> Blocks { get; } = [];

    internal Address Proposer => State.Validators.Validators[0].Address;

    /// <summary>What decided the last block, signed by all; null before the first.</summary>
    internal CommitCertificate? Commit => commit;

    internal static TaskSpec Spec(
        uint rounds = 3, ulong reward = 100, ulong deposit = 10, uint minContributors = 2, uint committee = 0) =>
        new()
        {
            Name = "digits",
            Recipe = """{"model":"mlp"}""",
            Model = Some.Digest(1),
            Parameters = Some.Digest(2),
            Exponent = 7,
            Rounds = rounds,
            Reward = reward,
            Deposit = deposit,
            MinContributors = minContributors,
            Committee = committee,
            CommitWindow = Window,
            RevealWindow = Window,
            AttestWindow = Window,
        };

    internal Address Who(int index) => new(Keys[index].PublicKey);

    /// <summary>A transaction with the sender's next nonce, counting on it to be the only one in the block.</summary>
    internal SignedTransaction From(int index, Payload payload, ulong fee = 1, ulong ahead = 0) =>
        new Transaction(Who(index), State.AccountOf(Who(index)).Nonce + ahead, fee, payload)
            .Sign(State.ChainId, Keys[index]);

    /// <summary>What the state says to a payload of somebody now.</summary>
    internal Rejection Try(int index, Payload payload, ulong fee = 1)
    {
        var state = State;
        return Transition.TryTransaction(ref state, From(index, payload, fee).Body, Who(0));
    }

    internal Block Build(
        IEnumerable<SignedTransaction>? transactions = null, IEnumerable<CloseRound>? closings = null, ulong after = 10,
        IEnumerable<Evidence>? evidence = null, CommitCertificate? lastCommit = null)
    {
        ImmutableArray<SignedTransaction> list = [.. transactions ?? []];
        ImmutableArray<CloseRound> closed = [.. closings ?? []];
        ImmutableArray<Evidence> proofs = [.. evidence ?? []];
        var before = lastCommit ?? commit;
        return new(new(State.Version, State.ChainId, State.Height + 1, State.Time + after, State.LastBlock,
            Block.CommitDigest(before), Block.RootOf(closed, list), Block.RootOf(proofs),
            State.Validators.Digest(), State.NextValidators.Digest(), State.Parameters.Digest(), State.Tree.Root,
            Proposer),
            before, proofs, closed, list);
    }

    /// <summary>The state that the transactions of the next block meet where nothing is closed.</summary>
    internal ChainState Begin(ulong after) => Transition.Begin(State, State.Time + after, Proposer, commit);

    internal BlockFault Fault(Block block) => Transition.TryApply(State, block, out _);

    /// <summary>A state's leaves in the order that a store has them in.</summary>
    internal static List<(byte[] Key, byte[] Value)> Leaves(ChainState state) =>
        [.. StateLeaves.All(state).Select(leaf => (leaf.Key, leaf.Value!))
            .OrderBy(leaf => leaf.Key, StateLeaves.KeyOrder)];

    /// <summary>A state as a restart finds it in its leaves; null where they do not decode.</summary>
    internal ChainState? Restarted(ChainState? state = null) =>
        StateLeaves.ToState(FirstState.From(Genesis), Leaves(state ?? State));

    /// <summary>Applies a block that must be good.</summary>
    internal void Apply(Block block)
    {
        var fault = Transition.TryApply(State, block, out var next);
        if (fault != BlockFault.None)
            throw new InvalidOperationException($"block {block.Header.Height}: {fault}");
        commit = Certify(block);
        Headers.Add(new(block.Header, commit, State.Validators));
        Blocks.Add(block);
        State = next!;
        Trees.Add(State.Tree);
    }

    internal void Next(params SignedTransaction[] transactions) => Apply(Build(transactions));

    internal void Wait(ulong milliseconds) => Apply(Build(after: milliseconds));

    internal void Close(CloseRound closing) => Apply(Build(closings: [closing]));

    internal CommitCertificate Certify(Block block)
    {
        var signers = State.Validators.Validators.Select(v => v.Address).Where(a => !Absent.Contains(a));
        return new(block.Header.Height, 0, block.Id, [.. signers.Select(a => (a, keys[a].Sign(
            new Vote(VoteKind.Precommit, block.Header.Height, 0, block.Id, a).SigningDigest(State.ChainId))))]);
    }

    /// <summary>Proof that somebody has precommitted two things on a height, truly signed.</summary>
    internal Evidence Against(int index, ulong height, uint round = 0) =>
        Proof(Keys[index], State.ChainId, height, round);

    internal static Evidence Proof(SecretKey key, Digest chain, ulong height, uint round = 0)
    {
        var vote = new Vote(VoteKind.Precommit, height, round, Some.Digest(77), new(key.PublicKey));
        return Evidence.DuplicateVote.Of(Signed(vote), Signed(vote with { Block = null }));

        SignedVote Signed(Vote said) => new(said, key.Sign(said.SigningDigest(chain)));
    }

    /// <summary>The stake of one key to another, which consents.</summary>
    internal Payload.RotateKey Rotation(int from, int to) =>
        new(Who(to), Keys[to].Sign(KeyRotations.ConsentDigest(State.ChainId, Who(from), Who(to))));

    internal Payload.SubmitShard Shard(uint rows = 100) => new(Task, Some.Digest(9), Some.Digest(10), rows, 15, 20);

    internal static Bytes32 Salt(int index) => Some.Digest(30 + index).Value;

    internal static Digest Blob(int index) => Some.Digest(60 + index);

    internal Payload.CommitUpdate Promise(int index) => new(Task, Round.Number, UpdateCommitment.Of(
        State.ChainId, Task, Round.Number, Round.Parameters, Who(index), Salt(index), Blob(index)));

    internal Payload.RevealUpdate Opening(int index) => new(Task, Round.Number, Salt(index), Blob(index), 100);

    internal Payload.Attest Word(params int[] held) => new(Task, Round.Number, [.. held.Select(Who).Order()], []);

    /// <summary>A closing that takes every included update.</summary>
    internal CloseRound Closing(int parameters = 5) => new(
        Task, Round.Number, Some.Digest(parameters), 8, default, 7_000, [
            .. Round.Included.Select(_ => new Verdict(0, 0, 1, Verdict.MeritOne, Verdict.NormOne)),
        ], [.. new sbyte[Round.Included.Length * Round.IncludedRoots.Length]]);

    internal CloseRound CarryOver() => new(
        Task, Round.Number, Round.Parameters, Round.Exponent, Round.Server, 0, [], []);

    /// <summary>Lets these contribute until the given phase is reached.</summary>
    internal void Reach(Phase phase, params int[] contributors)
    {
        if (Round.Phase == Phase.Waiting)
            Next([.. contributors.Select(c => From(c, Shard()))]);
        if (Round.Phase == Phase.Commit && phase > Phase.Commit)
            Next([.. contributors.Select(c => From(c, Promise(c)))]);
        if (Round.Phase == Phase.Reveal && phase > Phase.Reveal)
            Next([.. contributors.Select(c => From(c, Opening(c)))]);
        if (Round.Phase == Phase.Attest && phase > Phase.Attest)
            Next([.. Enumerable.Range(0, 4).Select(v => From(v, Word(contributors)))]);
    }
}
