using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;
using Ledger.Node.Sync;
using Ledger.Node.Tests.Overlay;

namespace Ledger.Node.Tests.Sync;

/// <summary>Blobs from honest peers, liars, the silent and the confused: only the right bytes come out.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class BlobFetchTests
{
    private const int Part = OverlayLimits.BlobPartBytes;

    private static readonly PeerId Alice = SomeMessages.Peer(1), Bob = SomeMessages.Peer(2),
        Mallory = SomeMessages.Peer(3);

    private readonly BlobFetch fetch = new(seed: 1);

    private ulong now = 1_000;

    private static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }

    /// <summary>Runs fetch against peers that answer by a function until the blob is there; else null.</summary>
    private (byte[]? Blob, List<OverlayEffect> All) Run(
        Func<PeerId, WireMessage.GetBlob, IEnumerable<WireMessage>> answer, int ticks = 400)
    {
        var all = new List<OverlayEffect>();
        for (var tick = 0; tick < ticks; tick++, now += 250)
        {
            var open = new Queue<OverlayEffect>(fetch.Tick(now));
            while (open.TryDequeue(out var effect))
            {
                all.Add(effect);
                if (effect is OverlayEffect.BlobReady ready)
                    return (ready.Content, all);
                if (effect is not OverlayEffect.Send { Message: WireMessage.GetBlob ask } send)
                    continue;
                foreach (var reply in answer(send.To, ask))
                    foreach (var next in Take(send.To, reply))
                        open.Enqueue(next);
            }
        }
        return (null, all);
    }

    private IReadOnlyList<OverlayEffect> Take(PeerId from, WireMessage message)
    {
        if (message is WireMessage.BlobPart part)
            return fetch.Receive(from, part, now);
        if (message is WireMessage.NoBlob none)
            fetch.Receive(from, none, now);
        return [];
    }

    private Digest Want(byte[] content, params PeerId[] peers)
    {
        foreach (var peer in peers)
            fetch.Joined(peer);
        var id = Digest.OfBlob(content);
        fetch.Want(id, 0, 8 << 20);
        return id;
    }

    [Test]
    public void A_blob_of_any_size_comes_whole([Values(1, Part - 1, Part, Part + 1, 5 * Part + 7)] int length)
    {
        var content = Content(length);
        Want(content, Alice);

        Assert.That(Run((_, ask) => [Serving.Part(ask, content)]).Blob, Is.EqualTo(content));
        Assert.That(fetch.Wanted, Is.Zero);
    }

    [Test]
    public void One_altered_byte_anywhere_is_refused_and_its_sender_pays([Values(0, Part, 2 * Part + 9)] int place)
    {
        var content = Content(2 * Part + 10);
        var altered = (byte[])content.Clone();
        altered[place] ^= 1;
        Want(content, Mallory);

        var (blob, effects) = Run((_, ask) => [Serving.Part(ask, altered)], ticks: 40);

        Assert.That(blob, Is.Null);
        Assert.That(effects.OfType<OverlayEffect.Penalise>(),
            Is.EqualTo(new[] { new OverlayEffect.Penalise(Mallory, Misdeed.BadBlob) }));
        Assert.That(fetch.Buffered, Is.Zero);
    }

    [Test]
    public void After_wrong_bytes_an_honest_peer_delivers()
    {
        var content = Content(3 * Part);
        var altered = Content(3 * Part + 1)[1..];
        Want(content, Mallory, Alice);

        Assert.That(Run((peer, ask) => [Serving.Part(ask, peer == Mallory ? altered : content)]).Blob,
            Is.EqualTo(content));
    }

    [Test]
    public void After_a_mixed_lie_all_parts_come_from_one_peer()
    {
        var content = Content(6 * Part);
        var altered = (byte[])content.Clone();
        altered[0] ^= 1;
        Want(content, Mallory);
        Run((_, ask) => ask.Offset == 0 ? [Serving.Part(ask, altered)] : [], ticks: 45);
        fetch.Joined(Alice);

        var asked = new List<(PeerId Peer, uint Offset)>();
        var (blob, effects) = Run((peer, ask) =>
        {
            asked.Add((peer, ask.Offset));
            return [Serving.Part(ask, peer == Mallory ? altered : content)];
        });

        Assert.That(blob, Is.EqualTo(content));
        Assert.That(effects.OfType<OverlayEffect.Penalise>().Select(p => p.Misdeed), Does.Contain(Misdeed.SuspectBlob));
        Assert.That(asked.Skip(asked.Count - 6).Select(a => a.Peer).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void A_peer_that_has_it_not_or_says_nothing_is_passed_over_and_asked_again_later()
    {
        var content = Content(10);
        var id = Want(content, Alice, Bob);
        var (none, first) = Run((peer, ask) => peer == Alice ? [new WireMessage.NoBlob(id)] : [], ticks: 300);

        Assert.That(none, Is.Null);
        Assert.That(first.OfType<OverlayEffect.Send>().Count(s => s.To == Alice), Is.InRange(4, 40));
        Assert.That(first.OfType<OverlayEffect.Send>().Count(s => s.To == Bob), Is.InRange(2, 10));
        Assert.That(first.OfType<OverlayEffect.Penalise>().Select(p => p.Peer).Distinct(), Is.EqualTo(new[] { Bob }));
        Assert.That(Run((_, ask) => [Serving.Part(ask, content)]).Blob, Is.EqualTo(content));
    }

    [Test]
    public void A_size_above_the_bound_is_refused_before_memory_is_taken()
    {
        var id = Digest.OfBlob(Content(Part));
        fetch.Joined(Mallory);
        fetch.Want(id, 0, maxBytes: Part);

        var (blob, effects) = Run(
            (_, ask) => [new WireMessage.BlobPart(id, ask.Offset, Part + 1, Content(Part))], ticks: 20);

        Assert.That(blob, Is.Null);
        Assert.That(fetch.Buffered, Is.Zero);
        Assert.That(effects.OfType<OverlayEffect.Send>().Count(s => s.Message is WireMessage.GetBlob { Offset: > 0 }),
            Is.Zero);
    }

    [Test]
    public void A_claimed_size_takes_no_memory_that_was_not_received()
    {
        var id = Digest.OfBlob(Content(1));
        fetch.Joined(Mallory);
        fetch.Want(id, 0, 64 << 20);
        var part = new WireMessage.BlobPart(id, 0, 64 << 20, new byte[Part]);
        fetch.Tick(now);
        var before = GC.GetAllocatedBytesForCurrentThread();

        fetch.Receive(Mallory, part, now);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(16 * 1024));
        Assert.That(fetch.Buffered, Is.EqualTo(Part));
    }

    [Test]
    public void What_was_not_asked_for_is_ignored()
    {
        var content = Content(2 * Part);
        var id = Want(content, Alice);
        fetch.Tick(now);

        Take(Mallory, new WireMessage.BlobPart(id, 0, 1, [1]));
        Take(Alice, new WireMessage.BlobPart(id, Part, 2 * Part, content[Part..]));
        Take(Alice, new WireMessage.BlobPart(SomeMessages.Id(9), 0, 1, [1]));
        Take(Mallory, new WireMessage.NoBlob(id));
        Assert.That(fetch.Buffered, Is.Zero);
        Take(Alice, new WireMessage.BlobPart(id, 0, 2 * Part, content[..Part]));
        Take(Alice, new WireMessage.BlobPart(id, 0, 2 * Part, new byte[Part]));

        Assert.That(fetch.Buffered, Is.EqualTo(Part));
        Assert.That(Take(Alice, new WireMessage.BlobPart(id, Part, 2 * Part, content[Part..])),
            Has.One.Matches<OverlayEffect>(e => e is OverlayEffect.BlobReady r && r.Content.SequenceEqual(content)));
    }

    [Test]
    public void A_peer_that_tells_another_size_cannot_stop_it()
    {
        var content = Content(6 * Part);
        var id = Want(content, Alice);
        Run((_, ask) => ask.Offset == 0 ? [Serving.Part(ask, content)] : [], ticks: 45);
        fetch.Joined(Mallory);

        Assert.That(Run((peer, ask) => peer == Mallory
            ? [new WireMessage.BlobPart(id, ask.Offset, 1 + ask.Offset, [1])]
            : [Serving.Part(ask, content)]).Blob, Is.EqualTo(content));
    }

    [Test]
    public void Few_parts_of_few_blobs_are_under_way_the_most_urgent_first()
    {
        for (var i = 1; i <= 4; i++)
            fetch.Joined(SomeMessages.Peer(i));
        for (var i = 0; i < 100; i++)
            fetch.Want(SomeMessages.Id(i), priority: i == 70 ? 0 : 1, 8 << 20);
        var asked = fetch.Tick(now).OfType<OverlayEffect.Send>()
            .Select(s => ((WireMessage.GetBlob)s.Message).Id).ToList();

        Assert.That(asked, Has.Count.EqualTo(OverlayLimits.BlobsActiveMax));
        Assert.That(asked[0], Is.EqualTo(SomeMessages.Id(70)));
        Assert.That(asked[1], Is.EqualTo(SomeMessages.Id(0)));
    }

    [Test]
    public void No_more_is_wanted_than_there_is_room_for_and_what_is_dropped_is_forgotten()
    {
        for (var i = 0; i < 2 * OverlayLimits.BlobsWantedMax; i++)
            fetch.Want(SomeMessages.Id(i), 0, 1);
        Assert.That(fetch.Wanted, Is.EqualTo(OverlayLimits.BlobsWantedMax));

        fetch.Drop(SomeMessages.Id(0));
        Assert.That(fetch.IsWanted(SomeMessages.Id(0)), Is.False);
        Assert.That(fetch.Want(SomeMessages.Id(5_000), 0, 1), Is.True);
    }

    [Test]
    public void A_peer_that_leaves_is_replaced()
    {
        var content = Content(3 * Part);
        Want(content, Alice);
        fetch.Tick(now);
        fetch.Left(Alice);
        fetch.Joined(Bob);

        Assert.That(Run((peer, ask) => peer == Bob ? [Serving.Part(ask, content)] : []).Blob, Is.EqualTo(content));
    }

    [Test]
    public void A_part_is_served_only_where_it_begins()
    {
        var blob = Content(Part + 5);
        var id = Digest.OfBlob(blob);

        Assert.That(Serving.Part(new(id, Part), blob),
            Is.InstanceOf<WireMessage.BlobPart>().With.Property("Content").EqualTo(blob[Part..]));
        Assert.That(Serving.Part(new(id, 1), blob), Is.EqualTo(new WireMessage.NoBlob(id)));
        Assert.That(Serving.Part(new(id, 2 * Part), blob), Is.EqualTo(new WireMessage.NoBlob(id)));
        Assert.That(Serving.Part(new(id, 0), null), Is.EqualTo(new WireMessage.NoBlob(id)));
    }
}
