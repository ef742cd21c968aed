using System.Globalization;
using System.Net;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>
/// Every parser of bytes from the wire, with random bytes and with mutations of true packets, under one rule: what is
/// accepted is exactly what the writer makes of it. A longer run: set <c>LEDGER_FUZZ_SECONDS</c> and run the last test.
/// </summary>
public class FuzzTests
{
    private static readonly IPEndPoint Somewhere = new(new IPAddress([10, 1, 2, 3]), 4);

    [Test]
    public void What_a_parser_accepts_is_what_the_writer_makes_of_it([Range(1, 20)] int seed)
    {
        var counts = new Counts();
        for (var i = 0; i < 5_000; i++)
            Try(new Random(seed * 100_000 + i), counts);

        Assert.That(counts.Accepted, Is.GreaterThan(500), "otherwise the rule was hardly tested");
        Assert.That(counts.Refused, Is.GreaterThan(500));
    }

    // Attacks 1 and 8: mutated datagrams of every type, into an endpoint in the middle of its life.
    [Test]
    public void An_endpoint_survives_mutated_packets_of_every_type([Range(1, 5)] int seed)
    {
        var random = new Random(seed);
        using var network = new VirtualNetwork(seed);
        var (a, b) = network.Pair();
        a.Send(b, MessageClass.Chain, MessageTests.Bytes(20_000));
        network.Run(1_000_000);
        var corpus = network.Sent.ToList();
        for (var i = 0; i < 3_000; i++)
        {
            var (from, to, bytes) = corpus[random.Next(corpus.Count)];
            var target = to.Equals(a.Address) ? a : b;
            target.Endpoint.OnDatagram(network.NowUs, i % 2 == 0 ? from : Somewhere, Mutate(bytes, random));
            if (i % 100 == 0)
                network.Run(10_000);
        }

        a.Send(b, MessageClass.Vote, [1]);
        b.Send(a, MessageClass.Vote, [2]);
        network.Run(1_000_000);
        Assert.That(b.Received[^1].Message, Is.EqualTo(new byte[] { 1 }));
        Assert.That(a.Received[^1].Message, Is.EqualTo(new byte[] { 2 }));
        Assert.That(a.Events.Concat(b.Events), Has.None.InstanceOf<NetEvent.PeerDown>());
    }

    // Attacks 12 to 15: mutated frames under the right keys end the connection at worst.
    [Test]
    public void An_endpoint_survives_mutated_frames_under_the_right_keys([Range(1, 5)] int seed)
    {
        var closed = 0;
        for (var round = 0; round < 40; round++)
        {
            var random = new Random(seed * 1_000 + round);
            using var network = new VirtualNetwork(seed);
            var victim = network.Add(1);
            using var cheat = new Cheat(network, victim);
            for (var i = 0; i < 50 && !cheat.IsClosed; i++)
            {
                cheat.Say(Mutate(SomeFrames(random), random));
                cheat.Listen();
                network.Run(1_000);
            }
            closed += cheat.IsClosed ? 1 : 0;
        }

        Assert.That(closed, Is.InRange(5, 40), "some mutations are faults of the peer");
    }

    [Test, Explicit("minutes, by hand")]
    public void A_long_run_finds_nothing()
    {
        var seconds = int.Parse(
            Environment.GetEnvironmentVariable("LEDGER_FUZZ_SECONDS") ?? "60", CultureInfo.InvariantCulture);
        var end = TimeProvider.System.GetTimestamp() + seconds * TimeProvider.System.TimestampFrequency;
        var seed = (int)(TimeProvider.System.GetTimestamp() % 1_000_000_000);
        var counts = new Counts();
        for (; TimeProvider.System.GetTimestamp() < end; seed++)
            Try(new Random(seed), counts);

        TestContext.Out.WriteLine($"{counts.Accepted} accepted, {counts.Refused} refused, last seed {seed}");
        Assert.That(counts.Accepted, Is.Positive);
    }

    private static void Try(Random random, Counts counts)
    {
        var bytes = random.Next(4) == 0 ? RandomBytes(random) : Mutate(SomeFrames(random), random);
        if (TryRewrite(bytes, out var rewritten))
        {
            counts.Accepted++;
            if (!bytes.AsSpan().SequenceEqual(rewritten))
                Assert.Fail($"{Convert.ToHexString(bytes)} was written as {Convert.ToHexString(rewritten)}");
        }
        else
            counts.Refused++;
        TryPackets(random);
    }

    /// <summary>Reads all frames and writes what was read; false where the bytes were refused.</summary>
    private static bool TryRewrite(ReadOnlySpan<byte> bytes, out byte[] rewritten)
    {
        var target = new byte[4_096];
        var writer = new PacketWriter(target);
        var reader = new PacketReader(bytes);
        rewritten = [];
        while (!reader.AtEnd)
            if (!TryRewriteFrame(ref reader, ref writer) || reader.Failed)
                return false;
        rewritten = target[..writer.Length];
        return true;
    }

    private static bool TryRewriteFrame(ref PacketReader reader, ref PacketWriter writer)
    {
        var type = reader.U8();
        switch (type)
        {
            case FrameType.Padding or FrameType.Ping:
                writer.U8(type);
                return true;
            case FrameType.Ack:
                return TryRewriteAck(ref reader, ref writer);
            case FrameType.Window:
                WindowFrame.Read(ref reader).Write(ref writer);
                return true;
            case FrameType.PathChallenge or FrameType.PathResponse:
                new PathFrame(type, reader.U64()).Write(ref writer);
                return true;
            case FrameType.ObservedAddress when ObservedAddressFrame.Read(ref reader) is { } address:
                ObservedAddressFrame.Write(ref writer, address);
                return true;
            case FrameType.Close:
                FrameHandler.WriteClose(ref writer, (CloseReason)reader.U16());
                return true;
            default:
                return FrameType.IsMessage(type) && TryRewriteMessage(ref reader, ref writer, type);
        }
    }

    private static bool TryRewriteMessage(ref PacketReader reader, ref PacketWriter writer, byte type)
    {
        var frame = MessageFrame.Read(ref reader, type);
        if (reader.Failed)
            return false;
        new MessageFrame
        {
            Class = frame.Class,
            IsPart = frame.IsPart,
            Id = frame.Id,
            Offset = frame.Offset,
            Total = frame.Total,
            Data = frame.Data.ToArray(),
        }.Write(ref writer);
        return true;
    }

    private static bool TryRewriteAck(ref PacketReader reader, ref PacketWriter writer)
    {
        var ranges = new (long Start, long End)[TransportLimits.AckRangesMax];
        var count = AckFrame.Read(ref reader, ranges, out var delay);
        if (count == 0)
            return false;
        var received = new RangeSet();
        foreach (var (start, end) in ranges.AsSpan(0, count))
            received.Add(start, end);
        AckFrame.Write(ref writer, received, delay);
        return true;
    }

    /// <summary>Payloads and headers have fixed places: whatever stands there is accepted.</summary>
    private static void TryPackets(Random random)
    {
        var payload = new byte[random.Next(2) == 0 ? RespPacket.PayloadBytes : FinPacket.PayloadBytes];
        random.NextBytes(payload);
        if (random.Next(2) == 0 && payload.Length == RespPacket.PayloadBytes)
            AddressBytes.Write(Somewhere, payload);
        if (!HandshakePayload.Decode(payload).Encode().AsSpan().SequenceEqual(payload))
            Assert.Fail($"payload {Convert.ToHexString(payload)}");

        var packet = new byte[DataPacket.HeaderBytes];
        random.NextBytes(packet);
        packet[0] = (byte)(PacketType.Data | packet[0] & 0x20);
        var again = new byte[DataPacket.HeaderBytes];
        var highest = random.NextInt64(1L << 40);
        var number = DataPacket.Number(packet, highest);
        if (number < 0)
            Assert.Fail($"number {number} after {highest}");
        DataPacket.WriteHeader(again, DataPacket.ConnectionId(packet), number, DataPacket.Phase(packet));
        if (!packet.AsSpan().SequenceEqual(again))
            Assert.Fail($"header {Convert.ToHexString(packet)}");
    }

    private static byte[] SomeFrames(Random random)
    {
        var target = new byte[1_500];
        var writer = new PacketWriter(target);
        for (var count = random.Next(1, 4); count > 0; count--)
            WriteSomeFrame(ref writer, random);
        return target[..writer.Length];
    }

    private static void WriteSomeFrame(ref PacketWriter writer, Random random)
    {
        switch (random.Next(7))
        {
            case 0:
                writer.U8(random.Next(2));
                break;
            case 1:
                var received = new RangeSet();
                for (var count = random.Next(1, 20); count > 0; count--)
                    AddSomeRange(received, random);
                AckFrame.Write(ref writer, received, random.Next(10_000));
                break;
            case 2:
                new PathFrame((byte)random.Next(5, 7), (ulong)random.NextInt64()).Write(ref writer);
                break;
            case 3:
                ObservedAddressFrame.Write(ref writer, Somewhere);
                break;
            case 4:
                new WindowFrame(MessageClass.Chain, random.NextInt64(1L << 40)).Write(ref writer);
                break;
            default:
                var isPart = random.Next(2) == 0;
                var data = new byte[random.Next(1, 200)];
                var total = isPart ? random.Next(TransportLimits.SinglePacketBytesMax + 1, 9_000) : data.Length;
                new MessageFrame
                {
                    Class = (MessageClass)random.Next(3),
                    IsPart = isPart,
                    Id = random.Next(10),
                    Offset = isPart ? random.Next(total - data.Length) : 0,
                    Total = total,
                    Data = data,
                }.Write(ref writer);
                break;
        }
    }

    private static void AddSomeRange(RangeSet received, Random random)
    {
        var start = random.Next(5_000);
        received.Add(start, start + random.Next(1, 20));
    }

    private static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[random.Next(1, 60)];
        random.NextBytes(bytes);
        if (random.Next(2) == 0)
            bytes[0] = (byte)random.Next(0x20);
        return bytes;
    }

    /// <summary>None to three changes: a bit, a byte, a cut, a repetition, a swap of lengths.</summary>
    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = (byte[])original.Clone();
        for (var count = random.Next(4); count > 0 && bytes.Length > 1; count--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes = bytes[..Math.Max(1, at)];
                    break;
                case 3:
                    bytes = [.. bytes[..at], .. bytes[at..], .. bytes[at..Math.Min(bytes.Length, at + 8)]];
                    break;
                default:
                    bytes[at] = (byte)(random.Next(2) * 255);
                    break;
            }
        }
        return bytes;
    }

    private sealed class Counts
    {
        internal long Accepted { get; set; }

        internal long Refused { get; set; }
    }
}
