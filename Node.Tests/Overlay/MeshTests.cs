using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>Who is in the mesh, whatever others would like.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class MeshTests
{
    private readonly SortedDictionary<PeerId, int> scores = [];

    private static PeerId Peer(int number) => SomeMessages.Peer(number);

    private int ScoreOf(PeerId peer) => scores.GetValueOrDefault(peer);

    private static Mesh Joined(int peers, ulong seed = 1, Func<int, bool>? dialled = null)
    {
        var mesh = new Mesh(new(seed));
        for (var i = 1; i <= peers; i++)
            mesh.Joined(Peer(i), dialled?.Invoke(i) ?? false);
        return mesh;
    }

    [Test]
    public void Who_has_behaved_badly_is_refused_and_not_asked_either()
    {
        var mesh = Joined(GossipLimits.MeshSize + 1);
        scores[Peer(9)] = -1;

        Assert.That(mesh.Grafted(Peer(9), ScoreOf, 0), Has.Count.EqualTo(1), "a refusal");
        Assert.That(mesh.Contains(Peer(9)), Is.False);
        mesh = Joined(GossipLimits.MeshSize + 1);
        for (var i = 1; i <= 4; i++)
            mesh.Left(Peer(i));
        Assert.That(mesh.Tend(ScoreOf, 0), Is.Empty, "there is nobody else to ask");
    }

    [Test]
    public void Whom_we_refused_we_do_not_ask_while_it_may_not_ask_us()
    {
        var mesh = Joined(GossipLimits.MeshSize + 1);
        scores[Peer(9)] = -1;
        mesh.Grafted(Peer(9), ScoreOf, 0);
        scores[Peer(9)] = 0;
        for (var i = 1; i <= 4; i++)
            mesh.Left(Peer(i));

        Assert.That(mesh.Tend(ScoreOf, GossipLimits.BackoffMs - 1), Is.Empty);
        Assert.That(mesh.Tend(ScoreOf, GossipLimits.BackoffMs), Has.Count.EqualTo(1));
    }

    [Test]
    public void Who_is_not_connected_cannot_join_and_what_it_said_then_does_not_count_later()
    {
        var mesh = Joined(GossipLimits.MeshSize);
        mesh.Grafted(Peer(9), ScoreOf, 0);
        Assert.That(mesh.Contains(Peer(9)), Is.False);

        mesh.Pruned(Peer(9), GossipLimits.BackoffMostMs, 0);
        mesh.Joined(Peer(9), dialled: false);
        for (var i = 1; i <= 4; i++)
            mesh.Left(Peer(i));
        Assert.That(mesh.Tend(ScoreOf, 1), Has.Count.EqualTo(1));
    }

    [Test]
    public void The_four_best_stay_when_the_mesh_is_cut_down([Range(1, 20)] int seed)
    {
        var mesh = Full(Joined(20, (ulong)seed, _ => true), 20);
        for (var i = 17; i <= 20; i++)
            scores[Peer(i)] = 10;
        mesh.Tend(ScoreOf, 0);

        Assert.That(mesh.Members, Has.Count.EqualTo(GossipLimits.MeshSize));
        Assert.That(mesh.Members, Is.SupersetOf(Enumerable.Range(17, 4).Select(Peer)));
    }

    [Test]
    public void Three_that_we_dialled_stay_even_if_all_others_are_better([Range(1, 20)] int seed)
    {
        var mesh = Full(Joined(15, (ulong)seed, i => i > 12), 15);
        for (var i = 1; i <= 12; i++)
            scores[Peer(i)] = 10;
        mesh.Tend(ScoreOf, 0);

        Assert.That(mesh.Members, Has.Count.EqualTo(GossipLimits.MeshSize));
        Assert.That(mesh.Members, Is.SupersetOf(Enumerable.Range(13, 3).Select(Peer)));
    }

    private Mesh Full(Mesh mesh, int peers)
    {
        for (var i = 1; i <= peers; i++)
            mesh.Grafted(Peer(i), ScoreOf, 0);
        Assert.That(mesh.Members, Has.Count.EqualTo(peers));
        return mesh;
    }
}
