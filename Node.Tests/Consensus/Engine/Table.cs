using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;

namespace Ledger.Node.Tests.Consensus.Engine;

/// <summary>
/// A height among a few validators, as one of them sees it. Seat n proposes in round n; signatures are blank, as the
/// engine takes only what was verified before.
/// </summary>
internal sealed class Table
{
    internal const ulong Height = 7;

    internal static readonly Timeouts Waits = new(new(1_000, 100), new(300, 30), new(200, 20));

    internal static readonly Synchrony Clocks = new(100, 1_000);

    internal Table(int self = 3, int seats = 4, Guards? guards = null, ulong[]? stakes = null, bool voting = true)
    {
        Self = Seat(self);
        Validators = new(Enumerable.Range(0, stakes?.Length ?? seats)
            .Select(i => new Validator(Seat(i), stakes?[i] ?? 1, 0)));
        Agreement = new(Self, Waits, Clocks, guards ?? new());
        Opening = Agreement.Start(Height, Validators, voting);
    }

    internal Address Self { get; }

    internal ValidatorSet Validators { get; }

    internal Agreement Agreement { get; }

    /// <summary>What came out when the height started.</summary>
    internal IReadOnlyList<Effect> Opening { get; }

    internal RoundState State => Agreement.State;

    internal static Address Seat(int number)
    {
        var key = new byte[PublicKey.Size];
        (key[0], key[1]) = ((byte)(number >> 8), (byte)number);
        return new(PublicKey.From(key));
    }

    internal static Block Block(int number, ulong height = Height) =>
        new(new(Header.FirstVersion, default, height, (ulong)number, default, default,
            Ledger.Consensus.Chain.Block.RootOf([], []), default, default, default, default, default, Seat(0)),
            null, [], [], []);

    internal static Input.Voted Vote(
        VoteKind kind, uint round, Block? block, int seat, ulong height = Height, uint? validRound = null) =>
        new(new Verified<SignedVote>(Signed(kind, round, block, seat, validRound, height)));

    /// <summary>A proposal that arrives the moment that its block was made, unless said otherwise.</summary>
    internal static Input.Proposed Proposal(
        Block block, uint round, uint? validRound, int seat, ulong height = Height, ulong? received = null) => new(
        new Verified<SignedProposal>(new(new(height, round, validRound, block.Id, Seat(seat)), default, block)),
        received ?? block.Header.Time);

    internal static Input.Certified Polka(uint round, Block block, uint? validRound, params int[] seats) =>
        Certified(new PolkaCertificate(
            Height, round, block.Id, validRound, [.. seats.Select(s => (Seat(s), default(Signature)))]));

    internal static Input.Certified Commit(uint round, Block block, params int[] seats) => Certified(
        new CommitCertificate(Height, round, block.Id, [.. seats.Select(s => (Seat(s), default(Signature)))]));

    internal static Input.Certified Entry(uint round, VoteKind kind, uint votesOf, params int[] seats) => Certified(
        new RoundCertificate(Height, round, [.. seats.Select(s => Signed(kind, votesOf, null, s))]));

    internal static Input.Certified Certified(Certificate certificate) => new(new Verified<Certificate>(certificate));

    internal static SignedVote Signed(
        VoteKind kind, uint round, Block? block, int seat, uint? validRound = null, ulong height = Height) =>
        new(new(kind, height, round, block?.Id, Seat(seat)) { ValidRound = validRound }, default);

    internal static Effect.SetTimer Timer(Step step, uint round) => new(Height, round, step, Waits.Of(step, round));

    internal Effect.Cast Cast(VoteKind kind, uint round, Block? block, uint? validRound = null) =>
        new(new(kind, Height, round, block?.Id, Self) { ValidRound = validRound });

    internal IReadOnlyList<Effect> Handle(params IEnumerable<Input> inputs) => [.. inputs.SelectMany(Agreement.Handle)];

    internal IReadOnlyList<Effect> Propose(Block block, uint round, uint? validRound = null) =>
        Handle(Proposal(block, round, validRound, (int)round % Validators.Validators.Length));

    /// <summary>A proposal whose block the host has found valid.</summary>
    internal IReadOnlyList<Effect> ProposeValid(Block block, uint round, uint? validRound = null) =>
        [.. Propose(block, round, validRound), .. Validated(block)];

    internal IReadOnlyList<Effect> Validated(Block block, bool valid = true) =>
        Handle(new Input.Validated(block.Id, valid));

    internal IReadOnlyList<Effect> Prevotes(uint round, Block? block, params int[] seats) =>
        Handle(seats.Select(s => Vote(VoteKind.Prevote, round, block, s)));

    /// <summary>Prevotes for a block that was proposed with a valid round.</summary>
    internal IReadOnlyList<Effect> PrevotesAgain(uint round, Block block, uint validRound, params int[] seats) =>
        Handle(seats.Select(s => Vote(VoteKind.Prevote, round, block, s, validRound: validRound)));

    internal IReadOnlyList<Effect> Precommits(uint round, Block? block, params int[] seats) =>
        Handle(seats.Select(s => Vote(VoteKind.Precommit, round, block, s)));

    internal IReadOnlyList<Effect> Timeout(Step step, uint round) => Handle(new Input.TimedOut(Height, round, step));

    /// <summary>Round 0 ends with a lock on <paramref name="block"/>, and we are in round 1.</summary>
    internal Table LockedOn(Block block)
    {
        ProposeValid(block, 0);
        Prevotes(0, block, 0, 1, 2);
        Precommits(0, null, 0, 1, 2);
        Timeout(Step.Precommit, 0);
        return this;
    }
}
