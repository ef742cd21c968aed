using System.Security.Cryptography;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning.Aggregation;
using Ledger.Node.Host;

namespace Ledger.Node.Tests.Host;

/// <summary>Contributors that cheat in a round of learning, through nodes of their own, among honest ones.</summary>
public class HostileRoundTests
{
    [Test, CancelAfter(120_000)]
    public async Task Cheating_contributors_are_left_out_and_the_round_goes_on()
    {
        await using var net = new Testnet(validators: 4, tasks: 1, rounds: 1, contributors: 1);
        for (var i = 0; i < 4; i++)
            net.Start(i);
        // Three cheats: one copies a commitment, one reveals rubbish, one never reveals.
        var (copier, spoiler, silent) = (net.Start(4), net.Start(5), net.Start(6));
        await Testnet.Until(() => net.Nodes.All(n => n.Snapshot.State.Height >= 2), 60, "two blocks");
        var task = net.Nodes[0].Snapshot.State.Tasks.Keys.Single();
        foreach (var cheat in (NodeHost[])[copier, spoiler, silent])
            await Said(cheat, new Payload.SubmitShard(task, Some.Digest(1), default, 10, 0, 0));
        await net.Nodes[0].AddShard(task, new("digits", ""), net.ShardOf(0, 4), CancellationToken.None);
        await Testnet.Until(
            () => RoundOf(net, task) is { Phase: Phase.Commit, Contributions.Count: > 0 }, 30, "a promise");

        var promise = RoundOf(net, task).Contributions[Testnet.AddressOf(0)].Commitment;
        await Said(copier, new Payload.CommitUpdate(task, 1, promise));
        var (salt, blob) = Rubbish(net, RoundOf(net, task));
        var chain = net.Genesis.Digest();
        await Said(spoiler, new Payload.CommitUpdate(task, 1, UpdateCommitment.Of(
            chain, task, 1, RoundOf(net, task).Parameters, Testnet.AddressOf(5), salt, Digest.OfBlob(blob))));
        await Said(silent, new Payload.CommitUpdate(task, 1, Some.Digest(5)));

        await Testnet.Until(() => RoundOf(net, task).Phase == Phase.Reveal, 20, "all have promised");
        await Testnet.Until(
            () => RoundOf(net, task).Contributions[Testnet.AddressOf(0)].Blob is not null, 20, "revealed");
        var stolen = RoundOf(net, task).Contributions[Testnet.AddressOf(0)].Blob!.Value;
        var refused = await copier.Submit(
            new Payload.RevealUpdate(task, 1, salt, stolen, 10), 0, CancellationToken.None);
        Assert.That(refused.Refused, Is.EqualTo(nameof(Rejection.RevealMismatch)));
        spoiler.PutBlob(blob);
        await Said(spoiler, new Payload.RevealUpdate(task, 1, salt, Digest.OfBlob(blob), 10));

        var honest = net.Nodes.Take(4).ToList();
        await Testnet.Until(
            () => honest.TrueForAll(n => n.Snapshot.State.Tasks[task].Results.Length == 2), 40, "closed");
        var result = net.Nodes[1].Snapshot.State.Tasks[task].Results[1];
        Assert.That(result.Paid.Select(p => (p.Contributor, p.Reward)),
            Is.EqualTo(new[] { (Testnet.AddressOf(0), 1_000UL) }), "the honest one has it all");
        Assert.That((result.Committed, result.Revealed), Is.EqualTo((4U, 2U)));
        Assert.That(honest.Select(n => n.Snapshot.State.Tasks[task].Results[1].Parameters).Distinct().Count(),
            Is.EqualTo(1));
        Assert.That(net.Nodes.Any(n => n.Completion.IsCompleted), Is.False);
        Assert.That(silent.Snapshot.State.AccountOf(Testnet.AddressOf(6)).Balance,
            Is.EqualTo(1_000_000 - 10 - 2), "the deposit and two fees are gone");
    }

    private static async Task Said(NodeHost node, Payload payload) =>
        Assert.That((await node.Submit(payload, 0, CancellationToken.None)).Refused, Is.Null);

    private static Round RoundOf(Testnet net, Digest task) => net.Nodes[0].Snapshot.State.Tasks[task].Round;

    // The right length and exponent, but one value that no update can have.
    private static (Bytes32 Salt, byte[] Blob) Rubbish(Testnet net, Round round)
    {
        var count = ParameterShape.Total(net.Recipe.Model.ArchitectureFor(net.Recipe.Schema).Shapes);
        var blob = new ModelUpdate(new sbyte[count], (int)round.Exponent).Encode();
        blob[^1] = 0x80;
        return (Bytes32.From(RandomNumberGenerator.GetBytes(32)), blob);
    }
}
