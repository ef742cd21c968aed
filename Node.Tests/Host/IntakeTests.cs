using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Node.Host;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Host;

/// <summary>
/// B16 at the door of the agreement: what comes one height early waits for us, a little of each validator, however much
/// one of them signs.
/// </summary>
public class IntakeTests
{
    private static readonly PeerId From = new(Some.Key(50).PublicKey);

    [Test]
    public async Task B16_a_validator_that_signs_everything_for_the_next_height_fills_three_places()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        using var node = new Workbench(net.Genesis, 0);
        node.Resume();
        var intake = new AgreementIntake(node.Head, node.Agreement);

        for (var i = 0; i < 500; i++)
            intake.Take(From, Ballot(node, 1, 2, (uint)(i % 50), i), 0, running: true);

        Assert.That(intake.TakeEarly(), Has.Count.EqualTo(3), "the prevote of each of the first rounds");
        Assert.That(intake.TakeEarly(), Is.Empty);
    }

    [Test]
    public async Task What_comes_early_keeps_its_order_and_the_time_of_its_arrival()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        using var node = new Workbench(net.Genesis, 0);
        node.Resume();
        var intake = new AgreementIntake(node.Head, node.Agreement);

        intake.Take(From, Ballot(node, 2, 2, 1, 5), 70, running: true);
        intake.Take(From, Ballot(node, 1, 2, 0, 6), 80, running: false);

        Assert.That(intake.TakeEarly().Select(e => (((WireMessage.Ballot)e.Message).Vote.Vote.Round, e.ArrivedMs)),
            Is.EqualTo(new[] { (1u, 70UL), (0u, 80UL) }));
    }

    [Test]
    public async Task Who_does_not_propose_next_has_no_place_for_a_block()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        using var node = new Workbench(net.Genesis, 0);
        node.Resume();
        var intake = new AgreementIntake(node.Head, node.Agreement);
        var proposer = Proposers.Proposer(node.State.NextValidators, 0);

        for (var who = 0; who < 4; who++)
            intake.Take(From, Offer(node, who), 0, running: true);

        Assert.That(intake.TakeEarly().Select(e => ((WireMessage.Offer)e.Message).Proposal.Proposal.Proposer),
            Is.EqualTo(new[] { proposer }));
    }

    [Test]
    public async Task A_certificate_counts_where_every_signature_is_good_and_it_is_news()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        using var node = new Workbench(net.Genesis, 0);
        node.Resume();
        var intake = new AgreementIntake(node.Head, node.Agreement);
        var votes = Enumerable.Range(1, 3).Select(who => Ballot(node, who, 1, 5, null).Vote)
            .OrderBy(v => v.Vote.Validator).ToList();
        var good = new RoundCertificate(1, 5, [.. votes]);
        var forged = good with { Ballots = good.Ballots.SetItem(2, new(good.Ballots[2].Vote, default)) };

        Assert.That(Take(good with { Ballots = [.. votes.Take(1)] }), Is.TypeOf<Intake.Useless>(), "one of four");
        Assert.That(Take(forged), Is.TypeOf<Intake.Forged>());
        Assert.That(Take(good), Is.EqualTo(new Intake.Counts(new Input.Certified(new(good)))));
        node.Agreement.Handle(new Input.Certified(new(good)));
        Assert.That(node.Agreement.State.Round, Is.EqualTo(5));
        Assert.That(Take(good), Is.TypeOf<Intake.Useless>(), "known");

        Intake Take(Certificate proof) => intake.Take(From, new WireMessage.Certified(proof), 0, running: true);
    }

    private static WireMessage.Ballot Ballot(Workbench node, int who, ulong height, uint round, int? block)
    {
        using var key = Some.Key(1 + who);
        return new(Hostile.Sign(node.State.ChainId, key, VoteKind.Prevote, height, round,
            block is { } number ? Digest.OfBytes(BitConverter.GetBytes(number)) : null));
    }

    private static WireMessage.Offer Offer(Workbench node, int who)
    {
        using var key = Some.Key(1 + who);
        var self = new Address(key.PublicKey);
        var block = new Block(
            new(Header.FirstVersion, node.State.ChainId, 2, 1, default, default, Block.RootOf([], []),
                Block.RootOf([]), default, default, default, default, self),
            null, [], [], []);
        var offer = new Proposal(2, 0, null, block.Id, self);
        return new(new(offer, key.Sign(offer.SigningDigest(node.State.ChainId)), block));
    }
}
