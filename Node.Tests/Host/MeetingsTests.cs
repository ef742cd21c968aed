using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Host;
using Ledger.Node.Overlay;
using Ledger.Node.Tests.Overlay;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Host;

/// <summary>What of others' words reaches the links.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class MeetingsTests
{
    private static readonly IPEndPoint Ours = new(IPAddress.Parse("93.0.0.1"), 4_000);

    private readonly PeerBook book = new(SomeMessages.Peer(0), seed: 1, []);
    private readonly Record record = new();

    private static KnownPeer Peer(int number) =>
        new(SomeMessages.Peer(number), new(new IPAddress([20, (byte)number, 1, 1]), 9_000));

    private Meetings Connected(int peers, bool inbound)
    {
        for (var i = 1; i <= peers; i++)
            book.Connect(Peer(i).Id, Peer(i).Address, inbound, 0);
        return new(record, record, book);
    }

    // Attack 27: who calls us is whoever wants to.
    [Test]
    public void Only_those_that_we_dialled_say_where_we_are([Values] bool inbound)
    {
        var meetings = Connected(5, inbound);
        for (var i = 1; i <= 5; i++)
            meetings.Observed(Peer(i).Id, Ours);

        Assert.That(meetings.SeenAt, Is.EqualTo(inbound ? null : Ours));
    }

    [Test]
    public void Who_is_not_connected_makes_us_neither_knock_nor_dial([Values] bool connected)
    {
        var meetings = Connected(connected ? 1 : 0, inbound: true);

        meetings.Handle(Peer(1).Id, new WireMessage.Punch(Peer(2)));

        Assert.That(record.Asked, Is.EqualTo(connected ? ["knock", "connect"] : Array.Empty<string>()));
    }

    private sealed class Record : IClock, ILinks
    {
        internal List<string> Asked { get; } = [];

        public ulong WallClockMs => 0;

        public ulong NowMs => 0;

        public void After(ulong milliseconds, Action action) => action();

        public void Send(PeerId to, MessageClass urgency, byte[] message) => Asked.Add("send");

        public void Connect(PeerId peer, IPEndPoint address) => Asked.Add("connect");

        public void Knock(IPEndPoint address) => Asked.Add("knock");

        public void Disconnect(PeerId peer, CloseReason reason) => Asked.Add("disconnect");
    }
}
