using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;
using Ledger.Node.Sync;
using Ledger.Node.Tests.Overlay;

namespace Ledger.Node.Tests.Sync;

/// <summary>One node that wants or holds a blob, word by word, with liars among its peers.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class BlobSwarmTests
{
    private const int Chunk = Limits.ChunkBytesMin;

    private static readonly PeerId Alice = SomeMessages.Peer(1), Bob = SomeMessages.Peer(2),
        Mallory = SomeMessages.Peer(3);

    private static readonly byte[] Content = Bytes(20 * Chunk + 9);
    private static readonly BlobManifest Blob = BlobManifest.Of(Content);
    private static readonly byte[][] Chunks = [.. Content.Chunk(Chunk)];
    private static readonly WireMessage.Have All = new(Blob.Id, (int)Blob.Length, ChunkSet.Full(Blob.Count));

    private readonly BlobSwarm swarm = new(seed: 1, _ => null);
    private readonly BlobSwarm seeder = new(seed: 2, id => id == Blob.Id ? Blob : null);
    private readonly Dictionary<int, byte[]> kept = [];

    private ulong now = 1_000;

    private static byte[] Bytes(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }

    private bool Want(int maxBytes = Limits.BlobBytesMax) => swarm.Want(Blob.Id, 0, maxBytes, () => null);

    private List<OverlayEffect> Say(PeerId from, WireMessage.OfBlob message) => Keep(swarm.Receive(from, message, now));

    private List<OverlayEffect> Tick(ulong ms = SwarmLimits.HaveEveryMs)
    {
        now += ms;
        return Keep(swarm.Tick(now));
    }

    private List<OverlayEffect> Keep(IReadOnlyList<OverlayEffect> effects)
    {
        foreach (var keep in effects.OfType<OverlayEffect.KeepChunk>())
            Assert.That(kept.TryAdd(keep.Index, keep.Content), Is.True, "kept twice");
        return [.. effects];
    }

    private static WireMessage.BlobChunk Part(int index) => new(Blob.Id, index, Chunks[index]);

    private static List<(PeerId To, int Chunk)> Asked(IEnumerable<OverlayEffect> effects) =>
        [.. effects.OfType<OverlayEffect.Send>()
            .Where(s => s.Message is WireMessage.GetChunks)
            .SelectMany(s => ((WireMessage.GetChunks)s.Message).Chunks.Select(c => (s.To, c)))];

    private static IEnumerable<OverlayEffect.Penalise> Penalties(IEnumerable<OverlayEffect> effects) =>
        effects.OfType<OverlayEffect.Penalise>();

    /// <summary>Wants the blob and knows its manifest; gives what is asked of those who have it.</summary>
    private List<OverlayEffect> Begun(params PeerId[] holders)
    {
        foreach (var peer in holders)
            swarm.Joined(peer);
        Want();
        Tick();
        var effects = new List<OverlayEffect>();
        foreach (var peer in holders)
            effects.AddRange(Say(peer, All));
        effects.AddRange(Say(holders[0], new WireMessage.Manifest(Blob)));
        return effects;
    }

    /// <summary>Answers whatever is asked until nothing more is.</summary>
    private List<OverlayEffect> Answer(
        IEnumerable<OverlayEffect> effects, Func<PeerId, int, WireMessage.OfBlob?> answer)
    {
        var all = effects.ToList();
        for (var i = 0; i < all.Count; i++)
            foreach (var (to, chunk) in Asked([all[i]]))
                if (answer(to, chunk) is { } reply)
                    all.AddRange(Say(to, reply));
        return all;
    }

    [Test]
    public void Nobody_is_asked_for_what_nobody_here_wants()
    {
        swarm.Joined(Alice);

        Assert.That(Say(Alice, All).Concat(Say(Alice, new WireMessage.Manifest(Blob))).Concat(Say(Alice, Part(0)))
            .Concat(Tick()), Is.Empty);
        Assert.That(swarm.IsBusy, Is.False);
    }

    [Test]
    public void A_blob_comes_from_all_who_have_it_and_each_chunk_once()
    {
        var effects = Answer(Begun(Alice, Bob), (_, chunk) => Part(chunk));

        Assert.That(kept.OrderBy(k => k.Key).SelectMany(k => k.Value), Is.EqualTo(Content));
        Assert.That(effects.OfType<OverlayEffect.BlobReady>().Single().Blob.Id, Is.EqualTo(Blob.Id));
        Assert.That(Asked(effects).Select(a => a.Chunk), Is.Unique);
        Assert.That(Asked(effects).CountBy(a => a.To).Select(c => c.Value), Is.All.GreaterThan(5));
        Assert.That(swarm.Wanted, Is.Zero);
    }

    [Test]
    public void A_small_blob_needs_no_manifest()
    {
        var content = Bytes(500);
        var id = Digest.OfBlob(content);
        swarm.Joined(Alice);
        swarm.Want(id, 0, Limits.BlobBytesMax, () => null);
        Tick();

        var asked = Say(Alice, new WireMessage.Have(id, 500, SomeMessages.Chunks(0)));
        var wrong = Say(Alice, new WireMessage.BlobChunk(id, 0, Bytes(499)));
        Tick(SwarmLimits.RestMaxMs);
        var right = Say(Alice, new WireMessage.BlobChunk(id, 0, content));

        Assert.That(Asked(asked), Is.EqualTo(new[] { (Alice, 0) }));
        Assert.That(Penalties(wrong).Single().Misdeed, Is.EqualTo(Misdeed.BadBlob));
        Assert.That(right.OfType<OverlayEffect.BlobReady>().Single().Blob.Id, Is.EqualTo(id));
    }

    // Attack 22: a wrong chunk.
    [Test]
    public void A_wrong_chunk_is_not_kept_and_its_sender_pays_while_others_are_asked()
    {
        var effects = Answer(Begun(Mallory, Alice), (peer, chunk) => peer == Mallory
            ? new WireMessage.BlobChunk(Blob.Id, chunk, new byte[Blob.LengthOf(chunk)])
            : Part(chunk));
        for (var i = 0; i < 40 && swarm.Wanted > 0; i++)
            effects.AddRange(Answer(Tick(100), (peer, chunk) => peer == Mallory ? null : Part(chunk)));

        Assert.That(kept.OrderBy(k => k.Key).SelectMany(k => k.Value), Is.EqualTo(Content));
        Assert.That(Penalties(effects).Where(p => p.Misdeed == Misdeed.BadBlob).Select(p => p.Peer),
            Is.Not.Empty.And.All.EqualTo(Mallory));
        Assert.That(2 * Misdeed.BadBlob.Points(), Is.GreaterThanOrEqualTo(OverlayLimits.BanPoints));
    }

    // Attack 22: a wrong manifest, a false length.
    [Test]
    public void A_wrong_manifest_or_length_is_refused_and_costs_points()
    {
        var other = BlobManifest.Of(Bytes(3 * Chunk));
        swarm.Joined(Mallory);
        Want();
        Tick();
        Say(Mallory, All);

        Assert.That(Penalties(Say(Mallory, new WireMessage.Manifest(other))).Single().Misdeed,
            Is.EqualTo(Misdeed.BadBlob));
        Say(Mallory, new WireMessage.Manifest(Blob));
        Assert.That(Penalties(Say(Mallory, new WireMessage.Have(Blob.Id, 5, SomeMessages.Chunks(0)))).Single().Misdeed,
            Is.EqualTo(Misdeed.BadBlob));
        Assert.That(Asked(Tick(SwarmLimits.ChunkTimeoutMs)), Is.Empty, "it holds nothing that is of use");
    }

    // Attack 22: says that it has all and never serves.
    [Test]
    public void Who_promises_and_does_not_serve_is_passed_over()
    {
        var effects = Begun(Mallory, Alice);
        effects = Answer(effects, (peer, chunk) => peer == Mallory ? null : Part(chunk));
        for (var i = 0; i < 100 && swarm.Wanted > 0; i++)
            effects.AddRange(Answer(Tick(100), (peer, chunk) => peer == Mallory ? null : Part(chunk)));

        Assert.That(swarm.Wanted, Is.Zero);
        Assert.That(now, Is.LessThan(1_000 + 2 * SwarmLimits.ChunkTimeoutMs));
    }

    [Test]
    public void A_blob_above_the_bound_is_not_begun()
    {
        swarm.Joined(Alice);
        Want(maxBytes: 20 * Chunk);
        Tick();

        Assert.That(Say(Alice, All).Concat(Say(Alice, new WireMessage.Manifest(Blob))), Is.Empty);
    }

    [Test]
    public void What_was_not_asked_for_is_not_even_checked()
    {
        var asked = Asked(Begun(Alice)).ConvertAll(a => a.Chunk);
        var other = Enumerable.Range(0, Blob.Count).First(c => !asked.Contains(c));

        Assert.That(Say(Alice, Part(other)).Concat(Say(Mallory, Part(asked[0]))), Is.Empty);
        Say(Alice, Part(asked[0]));
        Assert.That(Say(Alice, Part(asked[0])), Is.Empty, "nor is what came before");
        Assert.That(kept.Keys, Is.EqualTo(new[] { asked[0] }));
    }

    [Test]
    public void Few_chunks_are_under_way_at_first_and_more_from_who_answers_fast()
    {
        var open = new Queue<int>(Asked(Begun(Alice)).Select(a => a.Chunk));
        Assert.That(open, Has.Count.EqualTo(SwarmLimits.PipelineMin));

        var most = 0;
        while (open.TryDequeue(out var chunk))
        {
            now += 10;
            foreach (var (_, next) in Asked(Say(Alice, Part(chunk))))
                open.Enqueue(next);
            most = Math.Max(most, open.Count);
        }
        Assert.That(most, Is.InRange(SwarmLimits.PipelineMin, SwarmLimits.PipelineMax));
        Assert.That(swarm.Wanted, Is.Zero);
    }

    [Test]
    public void At_the_end_slow_chunks_are_asked_of_others_and_cancelled_when_they_come()
    {
        var effects = Begun(Mallory, Alice);
        var held = Asked(effects).Where(a => a.To == Mallory).Select(a => a.Chunk).ToList();
        Answer(effects, (peer, chunk) => peer == Mallory ? null : Part(chunk));

        var again = Answer(Tick(500), (peer, chunk) => peer == Mallory ? null : Part(chunk));

        Assert.That(Asked(again).Where(a => a.To == Alice).Select(a => a.Chunk), Is.EquivalentTo(held));
        Assert.That(again.OfType<OverlayEffect.Send>().Where(s => s.Message is WireMessage.CancelChunks)
            .Select(s => s.To), Is.Not.Empty.And.All.EqualTo(Mallory));
        Assert.That(swarm.Wanted, Is.Zero);
    }

    [Test]
    public void What_an_earlier_attempt_left_is_not_fetched_again()
    {
        var here = SomeMessages.Chunks([.. Enumerable.Range(0, 15)]);
        swarm.Joined(Alice);
        swarm.Want(Blob.Id, 0, Limits.BlobBytesMax, () => new(Blob, here));
        Tick();

        Answer(Say(Alice, All), (_, chunk) => Part(chunk));

        Assert.That(kept.Keys.Order(), Is.EqualTo(Enumerable.Range(15, 6)));
        Assert.That(swarm.Wanted, Is.Zero);
    }

    // Attack 24.
    [Test]
    public void While_the_disk_is_full_nothing_is_asked_for_and_then_it_goes_on()
    {
        swarm.IsPaused = true;
        Assert.That(Asked(Begun(Alice)), Is.Empty);
        Assert.That(Asked(Tick(60_000)), Is.Empty);

        swarm.IsPaused = false;
        Answer(Tick(), (_, chunk) => Part(chunk));
        Assert.That(swarm.Wanted, Is.Zero);
    }

    // Attack 24: a blob that is not wanted any more.
    [Test]
    public void A_dropped_blob_leaves_nothing_behind()
    {
        var asked = Asked(Begun(Alice));
        swarm.Drop(Blob.Id);

        Assert.That(Say(Alice, Part(asked[0].Chunk)), Is.Empty);
        Assert.That(Tick(60_000), Is.Empty);
        Assert.That(swarm.IsBusy, Is.False);
    }

    [Test]
    public void A_chunk_is_announced_and_served_as_soon_as_it_is_here()
    {
        var asked = Asked(Begun(Alice));
        Say(Bob, new WireMessage.Interest(Blob.Id));

        var effects = Say(Alice, Part(asked[0].Chunk));
        effects.AddRange(Tick());

        Assert.That(effects.OfType<OverlayEffect.Send>().Where(s => s.To == Bob && s.Message is WireMessage.HaveMore)
            .SelectMany(s => ((WireMessage.HaveMore)s.Message).Chunks), Is.EqualTo(new[] { asked[0].Chunk }));
        Assert.That(Say(Bob, new WireMessage.GetChunks(Blob.Id, [asked[0].Chunk])),
            Is.EqualTo(new[] { new OverlayEffect.SendChunk(Bob, Blob.Id, asked[0].Chunk) }));
        Assert.That(((WireMessage.RejectChunks)((OverlayEffect.Send)Say(
            Bob, new WireMessage.GetChunks(Blob.Id, [asked[1].Chunk])).Single()).Message).Chunks,
            Is.EqualTo(new[] { asked[1].Chunk }), "what is not here yet is not promised");
    }

    [Test]
    public void Each_chunk_leaves_once_before_any_leaves_twice()
    {
        var sent = new List<int>();
        var choice = new Random(5);
        for (var peer = 0; peer < 8; peer++)
            seeder.Receive(SomeMessages.Peer(10 + peer), new WireMessage.Interest(Blob.Id), now);
        for (var turn = 0; sent.Count < Blob.Count && turn < 1_000; turn++)
        {
            var peer = SomeMessages.Peer(10 + turn % 8);
            var wish = Enumerable.Range(0, Blob.Count).OrderBy(_ => choice.Next()).Take(SwarmLimits.RequestsPerPeerMax);
            foreach (var next in seeder.Receive(peer, new WireMessage.GetChunks(Blob.Id, [.. wish]), now)
                .OfType<OverlayEffect.SendChunk>())
                sent.Add(next.Index);
        }
        Assert.That(sent.Take(Blob.Count), Is.Unique);
    }

    [Test]
    public void Few_are_served_at_a_time_and_no_more_is_sent_than_arrives()
    {
        var all = Enumerable.Range(0, Blob.Count).ToArray();
        var sent = new List<OverlayEffect.SendChunk>();
        for (var peer = 0; peer < 20; peer++)
            sent.AddRange(seeder
                .Receive(SomeMessages.Peer(10 + peer), new WireMessage.GetChunks(Blob.Id, [.. all]), now)
                .OfType<OverlayEffect.SendChunk>());

        Assert.That(sent, Has.Count.EqualTo(SwarmLimits.InFlightMax / 2));
        Assert.That(sent.Select(s => s.To).Distinct().Count(), Is.LessThanOrEqualTo(SwarmLimits.ServingSlots));
        Assert.That(seeder.Receive(sent[0].To, new WireMessage.HaveMore(Blob.Id, [sent[0].Index]), now)
            .OfType<OverlayEffect.SendChunk>().Count(), Is.InRange(1, 2));
        Assert.That(seeder.Tick(now + SwarmLimits.InFlightMs).OfType<OverlayEffect.SendChunk>().Count(),
            Is.GreaterThan(SwarmLimits.InFlightMin), "who says nothing does not hold others up");
    }

    // Attack 22: requests without end.
    [Test]
    public void Who_asks_for_too_much_is_not_remembered_and_pays()
    {
        var effects = new List<OverlayEffect>();
        for (var i = 0; i < 10; i++)
            effects.AddRange(seeder.Receive(
                Mallory, new WireMessage.GetChunks(Blob.Id, [.. Enumerable.Range(0, Blob.Count)]), now));
        Assert.That(Penalties(effects), Is.Empty, "the same again is no more");

        var many = BlobManifest.Of(new byte[300 * Chunk]);
        var large = new BlobSwarm(seed: 3, id => id == many.Id ? many : null);
        for (var i = 0; i < 3; i++)
            effects.AddRange(large.Receive(
                Mallory, new WireMessage.GetChunks(many.Id, [.. Enumerable.Range(64 * i, 64)]), now));
        Assert.That(Penalties(effects).Select(p => p.Misdeed), Is.Not.Empty.And.All.EqualTo(Misdeed.TooOften));
    }

    [Test]
    public void While_nobody_has_it_all_are_asked_again_at_growing_intervals()
    {
        swarm.Joined(Alice);
        Want();
        var asked = 0;
        for (var i = 0; i < 3_000; i++)
            asked += Tick().OfType<OverlayEffect.Send>().Count(s => s.Message is WireMessage.Interest);

        Assert.That(asked, Is.InRange(8, 16));
    }

    [Test]
    public void A_peer_that_leaves_is_replaced()
    {
        Begun(Alice);
        swarm.Left(Alice);
        swarm.Joined(Bob);
        Tick();

        Answer(Say(Bob, All), (_, chunk) => Part(chunk));

        Assert.That(swarm.Wanted, Is.Zero);
    }

    [Test]
    public void No_more_is_wanted_than_there_is_room_for_and_the_most_urgent_goes_first()
    {
        swarm.Joined(Alice);
        for (var i = 0; i < 2 * SwarmLimits.BlobsWantedMax; i++)
            swarm.Want(SomeMessages.Id(i), priority: i == 700 ? 0 : 1, 1, () => null);
        var told = Tick().OfType<OverlayEffect.Send>().Select(s => ((WireMessage.Interest)s.Message).Id).ToList();

        Assert.That(swarm.Wanted, Is.EqualTo(SwarmLimits.BlobsWantedMax));
        Assert.That(told, Has.Count.EqualTo(SwarmLimits.BlobsActiveMax));
        Assert.That(told[0], Is.EqualTo(SomeMessages.Id(700)));
    }
}
