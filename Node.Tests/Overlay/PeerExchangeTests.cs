using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>How peers learn of each other.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class PeerExchangeTests
{
    private readonly PeerBook book = new(SomeMessages.Peer(0), seed: 1, [SomeMessages.Known(1)]);

    private PeerExchange Connected()
    {
        book.Connect(SomeMessages.Peer(1), SomeMessages.Known(1).Address, inbound: false, 0);
        return new(book);
    }

    [Test]
    public void What_a_peer_tells_when_asked_is_dialled()
    {
        var exchange = Connected();
        var asked = exchange.Tick(0);
        exchange.Learn(SomeMessages.Peer(1), new([SomeMessages.Known(2)]), 1);

        Assert.That(asked,
            Is.EqualTo(new[] { new OverlayEffect.Send(SomeMessages.Peer(1), new WireMessage.GetPeers()) }));
        Assert.That(book.ToDial(1), Is.EqualTo(new[] { SomeMessages.Known(2) }));
    }

    [Test]
    public void What_nobody_asked_for_is_not_learnt_and_costs_points()
    {
        var effects = Connected().Learn(SomeMessages.Peer(1), new([SomeMessages.Known(2)]), 1);

        Assert.That(effects,
            Is.EqualTo(new[] { new OverlayEffect.Penalise(SomeMessages.Peer(1), Misdeed.Unsolicited) }));
        Assert.That(book.ToDial(1), Is.Empty);
    }

    [Test]
    public void One_peer_is_neither_asked_nor_answered_all_the_time()
    {
        var exchange = Connected();
        var questions = 0;
        for (ulong now = 0; now < 60_000; now += 100)
            questions += exchange.Tick(now).Count;

        Assert.That(questions, Is.EqualTo(2));
        Assert.That(exchange.Answer(SomeMessages.Peer(1), 0)[0], Is.TypeOf<OverlayEffect.Send>());
        Assert.That(exchange.Answer(SomeMessages.Peer(1), 1)[0], Is.TypeOf<OverlayEffect.Penalise>());
    }
}
