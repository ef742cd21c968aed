using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Host;

/// <summary>Four real nodes, and peers among them that lie, flood and forge. The others must hardly notice.</summary>
public class AttackTests
{
    private static IEnumerable<Attack> Attacks()
    {
        yield return Case("garbage", (_, i) => [(byte)(i % 256), 0xff, 0xc1]);
        yield return Case("votes of strangers", (at, i) => Encode(
            Hostile.Sign(at.Chain, Scene.Stranger, VoteKind.Prevote, at.Height + (ulong)(i % 3), (uint)(i % 7),
                Id(i))));
        yield return Case("forged votes of validators", (at, i) => Encode(Forged(at, i)));
        yield return Case("votes far away", (at, i) => Encode(Hostile.Sign(
            at.Chain, Scene.Stranger, VoteKind.Precommit, i % 2 == 0 ? ulong.MaxValue : at.Height, 1_000_000, null)));
        yield return Case("forged certificates", (at, i) =>
            WireCodec.Encode(new WireMessage.Certified(ForgedProof(at, i))));
        yield return Case("huge proposals", (at, i) => WireCodec.Encode(new WireMessage.Offer(Huge(at, i))), 40);
        yield return Case("heights nobody has", (_, i) => WireCodec.Encode(Status((1UL << 63) + (ulong)i)));
        yield return Case("a status that lacks everything", (at, _) => WireCodec.Encode(Status(at.Height)), 4_000);
        yield return Case("blocks nobody asked for", (at, i) => WireCodec.Encode(new WireMessage.BlockReply(
            Block(at, at.Height + (ulong)(i % 20), []), new(at.Height + (ulong)(i % 20), 0, Id(i), []))));
        yield return Case("blobs nobody asked for", (_, i) =>
            WireCodec.Encode(new WireMessage.BlobChunk(Id(i), 0, new byte[100])));
        yield return Case("transactions with bad signatures", (at, i) => WireCodec.Encode(new WireMessage.Transactions(
            [new(new(Testnet.AddressOf(5), (ulong)i, 1, new Payload.Stake(1)), default)])));
        yield return Case("transactions of wrong nonces", (at, i) => WireCodec.Encode(new WireMessage.Transactions(
            [new Transaction(Testnet.AddressOf(5), (ulong)i * 1_000 + 500, 1, new Payload.Stake(1))
                .Sign(at.Chain, Some.Key(6))])));
        yield return Case("questions for blocks", (_, _) => WireCodec.Encode(new WireMessage.GetBlocks(1, 16)), 4_000);
        yield return Case("questions for blobs", (_, i) => WireCodec.Encode(new WireMessage.Interest(Id(i))), 4_000);
        yield return Case("peers nobody asked for", (_, _) => WireCodec.Encode(new WireMessage.Peers([])));
        yield return Case("questions for peers", (_, _) => WireCodec.Encode(new WireMessage.GetPeers()));
    }

    [Test, CancelAfter(300_000)]
    public async Task Heights_go_on_under_every_attack_and_only_the_attacker_is_shut_out()
    {
        await using var net = await Running(nodes: 4);
        foreach (var wave in Attacks().Chunk(5))
        {
            var names = string.Join(", ", wave.Select(attack => attack.Name));
            var attackers = wave.Select(_ => new Hostile(net)).ToList();
            await Testnet.Until(() => attackers.TrueForAll(a => a.Connections == 4), 10, $"connected: {names}");
            var scene = new Scene(net.Genesis.Digest(), Height(net) + 1);
            foreach (var (attack, hostile) in wave.Zip(attackers))
                for (var i = 0; i < attack.Count; i++)
                    hostile.SayBytes(attack.Make(scene, i));
            await Testnet.Until(() => Height(net) >= scene.Height + 2, 20, $"three more blocks under {names}");
            AssertWell(net, names);
            Assert.That(attackers.SelectMany(a => a.Heard).Any(IsOfStranger), Is.False, $"{names}: passed on");
            attackers.ForEach(a => a.Dispose());
        }
        await Testnet.Until(() => net.Nodes.All(HearsTheOthers), 10, "the honest are still connected");

        bool HearsTheOthers(Ledger.Node.Host.NodeHost node) => net.Nodes.All(other =>
            other == node || node.Snapshot.Peers.Any(p => p.Id == other.Snapshot.PeerId));
    }

    [Test, CancelAfter(120_000)]
    public async Task Signatures_for_another_chain_mean_nothing_and_a_check_without_the_chain_is_caught()
    {
        await using var net = await Running(nodes: 3);
        using var absent = Some.Key(1 + 3);
        using var elsewhere = new Hostile(net);
        elsewhere.Answer = Voter(elsewhere, Some.Digest(1), absent);
        await Testnet.Until(() => Height(net) >= 6, 30, "blocks come");
        Assert.That(Signed(net, absent), Is.False, "a vote for another chain was counted");
        await Testnet.Until(() => elsewhere.Connections == 0, 10, "who sends such votes is shut out");
        elsewhere.Say(new WireMessage.Transactions([Transfer(Some.Digest(1))]));

        // The planted bug: what is accepted when the chain is not part of the check. The same votes must count then.
        using var here = new Hostile(net);
        here.Answer = Voter(here, net.Genesis.Digest(), absent);
        await Testnet.Until(() => Signed(net, absent), 20, "a vote for this chain counts");
        Assert.That(net.Nodes[0].Snapshot.State.AccountOf(Testnet.AddressOf(5)).Nonce, Is.Zero);
        here.Say(new WireMessage.Transactions([Transfer(net.Genesis.Digest())]));
        await Testnet.Until(() => net.Nodes[0].Snapshot.State.AccountOf(Testnet.AddressOf(5)).Nonce == 1, 20, "paid");
    }

    [Test, CancelAfter(60_000)]
    public async Task A_peer_of_another_network_cannot_even_connect()
    {
        await using var net = await Running(nodes: 3);
        using var other = new Hostile(net, Some.Digest(1));
        var before = Height(net);

        await Testnet.Until(() => Height(net) >= before + 4, 20, "blocks come");

        Assert.That(other.Connections, Is.Zero);
        Assert.That(other.Heard, Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_validator_that_votes_for_everything_does_not_fill_the_logs_of_the_others()
    {
        await using var net = await Running(nodes: 3);
        using var key = Some.Key(1 + 3);
        using var hostile = new Hostile(net);
        await Testnet.Until(() => hostile.Connections == 3, 10, "connected");
        var before = Height(net);
        for (var i = 0; i < 3_000; i++)
            hostile.Say(new WireMessage.Ballot(Hostile.Sign(net.Genesis.Digest(), key, VoteKind.Prevote,
                before + 1 + (ulong)(i % 2), (uint)(i % 3), Id(i))));

        await Testnet.Until(() => Height(net) >= before + 4, 20, "blocks come");
        AssertWell(net, "equivocations");
        var self = new Address(key.PublicKey);
        Assert.That(hostile.Heard.SelectMany(m => m.Votes).Count(v => v.Vote.Validator == self),
            Is.LessThan(200), "they are not passed on");
        await Testnet.Until(() => net.Nodes.TrueForAll(n => n.Snapshot.State.StandingOf(self).Tombstoned), 20,
            "it is slashed");
        Assert.That(net.Nodes[0].Snapshot.State.AccountOf(self).Stake, Is.EqualTo(9_500));
        await Testnet.Until(() => net.Nodes.TrueForAll(n => n.Snapshot.State.Validators.StakeOf(self) is null), 20,
            "it votes no more");
        Assert.That(net.Nodes[0].Snapshot.State.Supply(), Is.EqualTo(10_040_000));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_node_whose_key_signs_elsewhere_ends_with_one_line()
    {
        await using var net = await Running(nodes: 4);
        using var hostile = new Hostile(net);
        await Testnet.Until(() => hostile.Connections == 4, 10, "connected");
        var stopped = net.Nodes[3];
        using var key = Some.Key(1 + 3);

        // Heights pass quickly: some of these meet the one that is at hand.
        for (var i = 0; i < 400 && !stopped.Completion.IsCompleted; i++, await Task.Delay(20))
            hostile.Say(new WireMessage.Ballot(Hostile.Sign(
                net.Genesis.Digest(), key, VoteKind.Precommit, Height(net) + 1, 1, Id(i))));

        Assert.That(async () => await stopped.Completion, Throws.TypeOf<OperatorException>()
            .With.Message.Contains("this node's key has signed at height"));
        await net.Stop(stopped);
        var before = Height(net);
        await Testnet.Until(() => Height(net) >= before + 3, 20, "the others go on");
    }

    private static Attack Case(string name, Func<Scene, int, byte[]> make, int count = 600) => new(name, make, count);

    private static async Task<Testnet> Running(int nodes)
    {
        var net = new Testnet(validators: 4, tasks: 0);
        for (var i = 0; i < nodes; i++)
            net.Start(i);
        await Testnet.Until(() => Height(net) >= 2, 40, "all have two blocks");
        return net;
    }

    private static bool IsOfStranger(WireMessage message)
    {
        var stranger = new Address(Scene.Stranger.PublicKey);
        return message.Votes.Any(v => v.Vote.Validator == stranger)
            || message is WireMessage.Offer offer && offer.Proposal.Proposal.Proposer == stranger;
    }

    private static ulong Height(Testnet net) => net.Nodes.Min(n => n.Snapshot.State.Height);

    private static void AssertWell(Testnet net, string attack)
    {
        Assert.That(net.Nodes.Any(n => n.Completion.IsCompleted), Is.False, attack);
        Assert.That(net.LogBytes(), Is.All.LessThan(64 << 10), $"{attack}: the vote logs");
    }

    // Prevotes and precommits whatever is proposed.
    private static Action<WireMessage> Voter(Hostile peer, Digest chain, SecretKey key) => message =>
    {
        if (message is WireMessage.Offer { Proposal.Proposal: var offer })
            foreach (var kind in (VoteKind[])[VoteKind.Prevote, VoteKind.Precommit])
                peer.Say(new WireMessage.Ballot(
                    Hostile.Sign(chain, key, kind, offer.Height, offer.Round, offer.Block)));
    };

    private static bool Signed(Testnet net, SecretKey key) => Enumerable.Range(1, (int)Height(net)).Any(h =>
        net.Nodes[0].Block((ulong)h) is var (_, certificate)
        && certificate.Signatures.Any(s => s.Validator == new Address(key.PublicKey)));

    private static SignedTransaction Transfer(Digest chain) =>
        new Transaction(Testnet.AddressOf(5), 0, 1, new Payload.Transfer(Testnet.AddressOf(6), 1))
            .Sign(chain, Some.Key(6));

    private static Digest Id(int number) => Digest.OfBytes(BitConverter.GetBytes(number));

    private static byte[] Encode(SignedVote vote) => WireCodec.Encode(new WireMessage.Ballot(vote));

    private static SignedVote Forged(Scene at, int i) =>
        new(new(VoteKind.Prevote, at.Height, 0, Id(i), Testnet.AddressOf(i % 4)), default);

    // Enough voters for a proof, and not one good signature.
    private static Certificate ForgedProof(Scene at, int i)
    {
        var votes = Enumerable.Range(0, 4).Select(Testnet.AddressOf).Order()
            .Select(a => new SignedVote(new(VoteKind.Precommit, at.Height, (uint)i, null, a), default)).ToList();
        ImmutableArray<(Address, Signature)> signers = [.. votes.Select(v => (v.Vote.Validator, v.Signature))];
        return (i % 3) switch
        {
            0 => new PolkaCertificate(at.Height, (uint)i, Id(i), null, signers),
            1 => new RoundCertificate(at.Height, (uint)i + 1, [.. votes]),
            _ => new CommitCertificate(at.Height, (uint)i, Id(i), signers),
        };
    }

    private static WireMessage.Status Status(ulong height) =>
        new(height, 0, 1, null, null, default, default, false, false, false);

    private static Block Block(Scene at, ulong height, ImmutableArray<SignedTransaction> transactions) => new(
        new(Header.FirstVersion, at.Chain, height, 1, default, default,
            Ledger.Consensus.Chain.Block.RootOf([], transactions), Ledger.Consensus.Chain.Block.RootOf([]),
            default, default, default, default, new(Scene.Stranger.PublicKey)),
        null, [], [], transactions);

    private static SignedProposal Huge(Scene at, int round)
    {
        var block = Block(at, at.Height, [.. Enumerable.Repeat(Transfer(at.Chain), 2_000)]);
        var offer = new Proposal(at.Height, (uint)round, null, block.Id, new(Scene.Stranger.PublicKey));
        return new(offer, Scene.Stranger.Sign(offer.SigningDigest(at.Chain)), block);
    }

    private sealed record Attack(string Name, Func<Scene, int, byte[]> Make, int Count);

    private sealed record Scene(Digest Chain, ulong Height)
    {
        internal static readonly SecretKey Stranger = Some.Key(99);
    }
}
