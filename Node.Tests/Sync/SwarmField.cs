using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;
using Ledger.Node.Sync;
using Ledger.Node.Tests.Overlay;

namespace Ledger.Node.Tests.Sync;

/// <summary>What a peer of the field does with a blob.</summary>
internal enum Habit
{
    Honest,
    Silent,
    Liar,
}

/// <summary>
/// Peers that exchange one blob, in virtual time. Each has an uplink and a downlink of some rate; a message takes the
/// delay, and one more round trip for each time that one of its packets is lost.
/// </summary>
internal sealed class SwarmField
{
    private const int PacketBytes = 1_200, DialsEach = 10;

    private readonly PriorityQueue<Action, (long AtUs, long Order)> events = new();
    private readonly Random dice;
    private readonly byte[][] chunks;
    private readonly List<Member> members = [];
    private readonly Dictionary<PeerId, Member> byId = [];
    private long order;

    internal SwarmField(int receivers, int bytes, int seed, Func<int, Habit>? habit = null)
    {
        dice = new(seed);
        var content = new byte[bytes];
        dice.NextBytes(content);
        Blob = BlobManifest.Of(content);
        chunks = [.. content.Chunk(Blob.ChunkBytes)];
        for (var i = 0; i <= receivers; i++)
            members.Add(new(this, i, i == 0 ? Habit.Honest : habit?.Invoke(i) ?? Habit.Honest));
        members.ForEach(m => byId[m.Id] = m);
        for (var i = 0; i < Blob.Count; i++)
            members[0].Here.Add(i);
        for (var i = 1; i <= receivers; i++)
            for (var dials = Math.Min(DialsEach, receivers); dials > 0; dials--)
                Connect(members[i], members[dice.Next(receivers + 1)]);
    }

    internal BlobManifest Blob { get; }

    /// <summary>Bits a second, each way.</summary>
    internal double Rate { get; init; } = 100e6;

    internal long DelayUs { get; init; } = 25_000;

    internal double Loss { get; init; } = 0.01;

    internal long NowUs { get; private set; }

    internal IReadOnlyList<Member> Members => members;

    internal IEnumerable<Member> Receivers => members.Skip(1).Where(m => m.Habit == Habit.Honest);

    internal long Duplicates { get; private set; }

    internal long ControlBytes { get; private set; }

    /// <summary>The least time in which anything could do it: the slowest of three bottlenecks.</summary>
    internal double BoundUs(int receivers) => 8e6 * Blob.Length / Rate
        * Math.Max(1, receivers / (double)(receivers + 1));

    /// <summary>Lets everybody want the blob until all have it; gives when the last one had.</summary>
    internal long Run(long mostUs)
    {
        foreach (var member in Receivers)
            member.Want();
        while (Receivers.Any(m => m.DoneUs is null) && events.TryDequeue(out var action, out var at)
            && at.AtUs < mostUs)
        {
            NowUs = at.AtUs;
            action();
        }
        return Receivers.Max(m => m.DoneUs ?? long.MaxValue);
    }

    private void After(long us, Action action) => events.Enqueue(action, (NowUs + us, order++));

    private static void Connect(Member one, Member other)
    {
        if (one == other || !one.Peers.Add(other) || !other.Peers.Add(one))
            return;
        one.Swarm.Joined(other.Id);
        other.Swarm.Joined(one.Id);
    }

    private static int Size(WireMessage message) => message switch
    {
        WireMessage.BlobChunk chunk => chunk.Content.Length + 90,
        WireMessage.HaveMore have => 80 + 2 * have.Chunks.Length,
        _ => WireCodec.Encode(message).Length + 40,
    };

    /// <summary>One peer with its links.</summary>
    internal sealed class Member
    {
        private readonly SwarmField net;
        private readonly Queue<(Member To, WireMessage Message)> control = new(), data = new();
        private readonly PeerScores scores = new();
        private bool isSending, isTicking;
        private long downFreeUs;

        internal Member(SwarmField field, int number, Habit habit)
        {
            (net, Habit) = (field, habit);
            Id = SomeMessages.Peer(number);
            Swarm = new((ulong)net.dice.NextInt64(), id =>
                id == net.Blob.Id && Here.Count == net.Blob.Count ? net.Blob : null);
        }

        internal PeerId Id { get; }

        internal Habit Habit { get; }

        internal BlobSwarm Swarm { get; }

        internal HashSet<Member> Peers { get; } = [];

        internal HashSet<int> Here { get; } = [];

        internal long? DoneUs { get; private set; }

        internal HashSet<PeerId> Banned { get; } = [];

        private ulong NowMs => (ulong)net.NowUs / 1_000;

        internal void Want()
        {
            Swarm.Want(net.Blob.Id, 0, Limits.BlobBytesMax, () => null);
            Tick();
        }

        private void Tick()
        {
            isTicking = false;
            Perform(Swarm.Tick(NowMs));
            Wake();
        }

        private void Wake()
        {
            if (isTicking || !Swarm.IsBusy)
                return;
            isTicking = true;
            net.After((long)SwarmLimits.HaveEveryMs * 1_000, Tick);
        }

        private void Receive(Member from, WireMessage.OfBlob message)
        {
            if (!Peers.Contains(from))
                return;
            if (Habit != Habit.Honest)
            {
                Cheat(from, message);
                return;
            }
            if (message is WireMessage.BlobChunk chunk && (Here.Contains(chunk.Index) || DoneUs is not null))
                net.Duplicates += chunk.Content.Length;
            Perform(Swarm.Receive(from.Id, message, NowMs));
            Wake();
        }

        // Says that it holds all, and serves nothing, or nothing right.
        private void Cheat(Member from, WireMessage.OfBlob message)
        {
            if (message is WireMessage.Interest)
                Send(from, new WireMessage.Have(
                    net.Blob.Id, (int)net.Blob.Length, ChunkSet.Full(net.Blob.Count)));
            else if (message is WireMessage.GetManifest && Habit == Habit.Liar)
                Send(from, new WireMessage.Manifest(net.Blob));
            else if (message is WireMessage.GetChunks ask && Habit == Habit.Liar)
                foreach (var index in ask.Chunks)
                    Send(from, new WireMessage.BlobChunk(net.Blob.Id, index, new byte[net.Blob.LengthOf(index)]));
        }

        private void Perform(IEnumerable<OverlayEffect> effects)
        {
            foreach (var effect in effects.ToList())
                Perform(effect);
        }

        private void Perform(OverlayEffect effect)
        {
            switch (effect)
            {
                case OverlayEffect.Send send:
                    Send(net.byId[send.To], send.Message);
                    break;
                case OverlayEffect.SendChunk chunk:
                    Send(net.byId[chunk.To],
                        new WireMessage.BlobChunk(chunk.Id, chunk.Index, net.chunks[chunk.Index]));
                    break;
                case OverlayEffect.KeepChunk keep:
                    Assert.That(Here.Add(keep.Index), Is.True, "no chunk is kept twice");
                    Assert.That(keep.Content, Is.SameAs(net.chunks[keep.Index]), "only what was sent is kept");
                    break;
                case OverlayEffect.Penalise wrong when scores.Penalise(wrong.Peer, wrong.Misdeed, NowMs):
                    Ban(net.byId[wrong.Peer]);
                    break;
                case OverlayEffect.BlobReady:
                    DoneUs = net.NowUs;
                    break;
            }
        }

        private void Ban(Member bad)
        {
            Banned.Add(bad.Id);
            Peers.Remove(bad);
            bad.Peers.Remove(this);
            Swarm.Left(bad.Id);
            bad.Swarm.Left(Id);
        }

        private void Send(Member to, WireMessage message)
        {
            (message is WireMessage.BlobChunk ? data : control).Enqueue((to, message));
            if (!isSending)
                Transmit();
        }

        // Control before chunks, one message at a time; what is lost is sent again.
        private void Transmit()
        {
            isSending = control.TryDequeue(out var next) || data.TryDequeue(out next);
            if (!isSending)
                return;
            var (to, message) = next;
            var bytes = Size(message);
            if (message is not WireMessage.BlobChunk)
                net.ControlBytes += bytes;
            var onWireUs = (long)(bytes * (1 + net.Loss) * 8e6 / net.Rate);
            var delayUs = net.DelayUs;
            var all = Math.Pow(1 - net.Loss, Math.Ceiling(bytes / (double)PacketBytes));
            if (net.dice.NextDouble() > all)
                delayUs += 2 * net.DelayUs;
            net.After(onWireUs, Transmit);
            net.After(onWireUs + delayUs, () => to.Arrive(this, (WireMessage.OfBlob)message, onWireUs));
        }

        private void Arrive(Member from, WireMessage.OfBlob message, long onWireUs)
        {
            downFreeUs = Math.Max(downFreeUs, net.NowUs) + onWireUs;
            net.After(downFreeUs - net.NowUs, () => Receive(from, message));
        }
    }
}
