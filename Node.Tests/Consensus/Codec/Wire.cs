using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.Codec;

/// <summary>One value of every type that travels, truly signed, and how to read it back.</summary>
internal sealed record Wire(string Name, byte[] Bytes, Func<byte[], byte[]?> Again)
{
    internal static readonly Digest Chain = Some.Digest(100);

    internal static IReadOnlyList<Wire> All { get; } =
    [
        new("vote", Vote(null).Encode(), Read.Vote),
        new("vote-for-block", Vote(Some.Digest(5)).Encode(), Read.Vote),
        new("proposal", Proposal(2).Encode(), Read.Proposal),
        new("proposal-new-block", Proposal(null).Encode(), Read.Proposal),
        new("block", Block().Encode(), Read.Block),
        new("commit", Certificate().Encode(), Read.Certificate),
        new("proof-1-polka", Encode(Polka()), Read.Proof),
        new("proof-2-round", Encode(Entry()), Read.Proof),
        new("proof-3-commit", Encode(Certificate()), Read.Proof),
        new("validators", Encode(Validators()), Read.Validators),
        .. Payloads().Select(p => new Wire($"transaction-{p.Kind}-{p.GetType().Name.ToLowerInvariant()}",
            Transaction(p).Encode(), Read.Transaction)),
    ];

    internal static SignedVote Vote(Digest? block, Digest? chain = null)
    {
        var vote = new Vote(VoteKind.Prevote, 300, 2, block, Who(1));
        return new(vote, Some.Key(1).Sign(vote.SigningDigest(chain ?? Chain)));
    }

    internal static SignedProposal Proposal(uint? validRound, Digest? chain = null)
    {
        var block = Block();
        var proposal = new Proposal(300, 3, validRound, block.Id, Who(2));
        return new(proposal, Some.Key(2).Sign(proposal.SigningDigest(chain ?? Chain)), block);
    }

    internal static SignedTransaction Transaction(Payload payload, Digest? chain = null) =>
        new Transaction(Who(3), 70_000, 10, payload).Sign(chain ?? Chain, Some.Key(3));

    internal static CommitCertificate Certificate()
    {
        var signers = new[] { 1, 2, 3 }.OrderBy(Who).Select(i =>
            (Who(i), Some.Key(i).Sign(
                new Vote(VoteKind.Precommit, 299, 1, Some.Digest(6), Who(i)).SigningDigest(Chain))));
        return new(299, 1, Some.Digest(6), [.. signers]);
    }

    internal static PolkaCertificate Polka() =>
        new(299, 3, Some.Digest(6), 1, [.. Signers(new(VoteKind.Prevote, 299, 3, Some.Digest(6), default)
        {
            ValidRound = 1,
        }).Select(v => (v.Vote.Validator, v.Signature))]);

    internal static RoundCertificate Entry() =>
        new(299, 4, [.. Signers(new(VoteKind.Precommit, 299, 3, null, default))]);

    internal static ValidatorSet Validators() =>
        new([new(Who(1), 1, -5), new(Who(2), 1UL << 40, 3), new(Who(3), 300, 0), new(Who(4), 7, 2)]);

    internal static Address Who(int number) => new(Some.Key(number).PublicKey);

    private static Block Block()
    {
        CloseRound[] closings =
            [new(Some.Digest(7), 4, Some.Digest(8), 3, Some.Digest(11), 70_000,
                [new(0, 9, 1, 70_000, 65_536), new(2, -9, 0, 0, 300_000)], [127, -3, 0, -127])];
        var transactions = Payloads().Select(p => Transaction(p)).ToArray();
        var header = new Header(Header.FirstVersion, Chain, 300, 1_700_000_000_000, Some.Digest(9),
            Ledger.Consensus.Chain.Block.CommitDigest(Certificate()),
            Ledger.Consensus.Chain.Block.RootOf([.. closings], [.. transactions]),
            Ledger.Consensus.Chain.Block.RootOf([.. Evidence()]),
            Validators().Digest(), Validators().Digest(), Some.Digest(13), Some.Digest(10), Who(2));
        return new(header, Certificate(), [.. Evidence()], [.. closings], [.. transactions]);
    }

    private static IEnumerable<Evidence> Evidence()
    {
        var vote = new Vote(VoteKind.Precommit, 300, 4, Some.Digest(7), Who(1));
        var offer = new Proposal(300, 5, 2, Some.Digest(8), Who(2));
        var later = new Vote(VoteKind.Prevote, 300, 5, Some.Digest(8), Who(1)) { ValidRound = 2 };
        yield return Ledger.Consensus.Chain.Evidence.DuplicateVote.Of(Signed(vote), Signed(vote with { Block = null }));
        yield return Ledger.Consensus.Chain.Evidence.DuplicateProposal.Of(
            Signed(offer), Signed(offer with { ValidRound = null }));
        yield return new Evidence.Amnesia(Signed(vote), Signed(later));
    }

    private static SignedVote Signed(Vote vote) => new(vote, Some.Key(1).Sign(vote.SigningDigest(Chain)));

    private static SignedOffer Signed(Proposal offer) => new(offer, Some.Key(2).Sign(offer.SigningDigest(Chain)));

    private static IEnumerable<Payload> Payloads() =>
    [
        new Payload.Transfer(Who(5), 1_000),
        new Payload.Stake(2_000),
        new Payload.Unstake(3_000),
        new Payload.CreateTask(new()
        {
            Name = "digits", Recipe = "{\"rule\":\"médian\"}", Model = Some.Digest(11), Parameters = Some.Digest(12),
            Exponent = 4, Rounds = 10, Reward = 500, Deposit = 50, MinContributors = 2, Committee = 7,
            FractionTrain = 250, Patience = 3,
            CommitWindow = 60_000, RevealWindow = 30_000, AttestWindow = 30_000,
        }),
        new Payload.SubmitShard(Some.Digest(13), Some.Digest(14), Some.Digest(18), 1_000, 50, 100, "CC-BY-4.0"),
        new Payload.CommitUpdate(Some.Digest(13), 1, Some.Digest(15)),
        new Payload.RevealUpdate(Some.Digest(13), 1, Some.Digest(16).Value, Some.Digest(17), 1_000),
        new Payload.Attest(
            Some.Digest(13), 1, [.. new[] { 1, 2, 3 }.Select(Who).Order()], [.. new[] { 1, 4 }.Select(Who).Order()]),
        new Payload.CommitRoot(Some.Digest(13), 1, Some.Digest(15)),
        new Payload.RevealRoot(Some.Digest(13), 1, Some.Digest(16).Value, Some.Digest(17)),
        new Payload.Evaluate(Some.Digest(13), 1, Some.Digest(18), 90, 100, 20_000),
        new Payload.Unjail(),
        new Payload.Amend(new(90_000, 2, new() { BlockInterval = 50 })),
        new Payload.WithdrawShard(Some.Digest(13)),
        new Payload.RotateKey(Who(5), Some.Key(5).Sign(KeyRotations.ConsentDigest(Chain, Who(1), Who(5)))),
    ];

    private static IEnumerable<SignedVote> Signers(Vote vote) => new[] { 1, 2, 3 }.OrderBy(Who).Select(i =>
    {
        var own = vote with { Validator = Who(i) };
        return new SignedVote(own, Some.Key(i).Sign(own.SigningDigest(Chain)));
    });

    private static byte[] Encode(Certificate certificate)
    {
        var writer = new Writer();
        certificate.WriteTagged(writer);
        return writer.ToArray();
    }

    private static byte[] Encode(ValidatorSet set)
    {
        var writer = new Writer();
        set.Write(writer);
        return writer.ToArray();
    }

    /// <summary>What a decoder made of the bytes, encoded again; null where it refused them.</summary>
    private static class Read
    {
        internal static byte[]? Vote(byte[] bytes) => SignedVote.TryDecode(bytes, out var v) ? v.Encode() : null;

        internal static byte[]? Proposal(byte[] bytes) =>
            SignedProposal.TryDecode(bytes, out var p) ? p.Encode() : null;

        internal static byte[]? Block(byte[] bytes) =>
            Ledger.Consensus.Chain.Block.TryDecode(bytes, out var b) ? b.Encode() : null;

        internal static byte[]? Certificate(byte[] bytes) =>
            CommitCertificate.TryDecode(bytes, out var c) ? c.Encode() : null;

        internal static byte[]? Transaction(byte[] bytes) =>
            SignedTransaction.TryDecode(bytes, out var t) ? t.Encode() : null;

        internal static byte[]? Proof(byte[] bytes)
        {
            var reader = new Reader(bytes);
            var proof = Ledger.Consensus.Chain.Certificate.ReadTagged(ref reader);
            return reader.Finished && proof is not null ? Encode(proof) : null;
        }

        internal static byte[]? Validators(byte[] bytes)
        {
            var reader = new Reader(bytes);
            var set = ValidatorSet.Read(ref reader);
            return reader.Finished && set is not null ? Encode(set) : null;
        }
    }
}
