using System.Net;

namespace Ledger.Node.Transport;

/// <summary>The first byte of a frame. Message frames carry their class and whether they are a part in the low
/// bits.</summary>
internal static class FrameType
{
    internal const byte Padding = 0x00, Ping = 0x01, Ack = 0x02, Window = 0x04;
    internal const byte PathChallenge = 0x05, PathResponse = 0x06, ObservedAddress = 0x07, Close = 0x08;
    internal const byte Message = 0x10, Part = 0x08, ClassMask = 0x03;

    /// <summary>Whether this is a message frame. Bit 2 is kept for unreliable messages and must be zero.</summary>
    internal static bool IsMessage(byte type) =>
        (type & ~(Part | ClassMask)) == Message && (type & ClassMask) < MessageClasses.Count;
}

/// <summary>
/// MSG: type | id varint | [offset varint | total varint, where it is a part] | length u16 | data.
/// </summary>
internal readonly ref struct MessageFrame
{
    internal MessageClass Class { get; init; }
    internal bool IsPart { get; init; }
    internal long Id { get; init; }
    internal long Offset { get; init; }
    internal long Total { get; init; }
    internal ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Bytes before the data of a whole message.</summary>
    internal static int HeaderBytes(long id) => 3 + PacketWriter.VarintSize(id);

    /// <summary>Bytes before the data of a part.</summary>
    internal static int HeaderBytes(long id, long offset, long total) =>
        HeaderBytes(id) + PacketWriter.VarintSize(offset) + PacketWriter.VarintSize(total);

    internal static MessageFrame Read(ref PacketReader reader, byte type)
    {
        var isPart = (type & FrameType.Part) != 0;
        var id = reader.Varint();
        var offset = isPart ? reader.Varint() : 0;
        var total = isPart ? reader.Varint() : 0;
        var data = reader.Take(reader.U16());
        if (!isPart)
            total = data.Length;
        // The shape is judged here, once: a part is never empty and never everything.
        if (total > TransportLimits.MessageBytesMax || offset > total - data.Length
            || isPart && (data.IsEmpty || total <= TransportLimits.SinglePacketBytesMax))
            reader.Fail();
        return new()
        {
            Class = (MessageClass)(type & FrameType.ClassMask),
            IsPart = isPart,
            Id = id,
            Offset = offset,
            Total = total,
            Data = data,
        };
    }

    internal void Write(ref PacketWriter writer)
    {
        writer.U8(FrameType.Message | (IsPart ? FrameType.Part : 0) | (int)Class);
        writer.Varint(Id);
        if (IsPart)
        {
            writer.Varint(Offset);
            writer.Varint(Total);
        }
        writer.U16(Data.Length);
        writer.Bytes(Data);
    }
}

/// <summary>
/// ACK: type | highest number varint | delay in units of 8 us varint | further ranges u8 | length of the first range
/// less one varint | (gap less one varint | length less one varint) for each further range, downwards.
/// </summary>
internal static class AckFrame
{
    /// <summary>Type, number, delay, count, and two integers a range, all in their longest form.</summary>
    internal const int BytesMax = 2 + 8 + 4 + TransportLimits.AckRangesMax * 16;

    /// <summary>The unit in which delays are told, in microseconds.</summary>
    internal const int DelayUnitUs = 8;

    internal static void Write(ref PacketWriter writer, RangeSet received, long delayUnits)
    {
        var first = received[^1];
        writer.U8(FrameType.Ack);
        writer.Varint(first.End - 1);
        writer.Varint(delayUnits);
        writer.U8(received.Count - 1);
        writer.Varint(first.End - first.Start - 1);
        for (var i = received.Count - 2; i >= 0; i--)
        {
            writer.Varint(received[i + 1].Start - received[i].End - 1);
            writer.Varint(received[i].End - received[i].Start - 1);
        }
    }

    /// <summary>Reads ranges from the highest down as half-open pairs; their number, or 0 after a failure.</summary>
    internal static int Read(ref PacketReader reader, Span<(long Start, long End)> ranges, out long delayUnits)
    {
        var end = reader.Varint() + 1;
        delayUnits = reader.Varint();
        var count = reader.U8() + 1;
        if (count > ranges.Length)
            reader.Fail();
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            if (i > 0)
                end = ranges[i - 1].Start - reader.Varint() - 1;
            var start = end - reader.Varint() - 1;
            if (start < 0)
                reader.Fail();
            else
                ranges[i] = (start, end);
        }
        return reader.Failed ? 0 : count;
    }
}

/// <summary>WINDOW: type | class u8 | limit varint. What the messages of a class may have cost since the connection
/// began, see <see cref="Credit"/>.</summary>
internal readonly record struct WindowFrame(MessageClass Class, long Limit)
{
    internal static WindowFrame Read(ref PacketReader reader)
    {
        var frame = new WindowFrame((MessageClass)reader.U8(), reader.Varint());
        if (frame.Class != Credit.Class)
            reader.Fail();
        return frame;
    }

    internal void Write(ref PacketWriter writer)
    {
        writer.U8(FrameType.Window);
        writer.U8((byte)Class);
        writer.Varint(Limit);
    }
}

/// <summary>PATH_CHALLENGE and PATH_RESPONSE: type | 8 bytes that only the receiver of the challenge knows.</summary>
internal readonly record struct PathFrame(byte Type, ulong Data)
{
    /// <summary>The packet that carries nothing else.</summary>
    internal const int PacketBytes = DataPacket.HeaderBytes + 1 + sizeof(ulong) + DataPacket.TagBytes;

    internal void Write(ref PacketWriter writer)
    {
        writer.U8(Type);
        writer.U64(Data);
    }
}

/// <summary>OBSERVED_ADDR: type | IP 16 | port 2. Where the sender sees the receiver.</summary>
internal static class ObservedAddressFrame
{
    internal static void Write(ref PacketWriter writer, IPEndPoint address)
    {
        Span<byte> bytes = stackalloc byte[AddressBytes.Bytes];
        AddressBytes.Write(address, bytes);
        writer.U8(FrameType.ObservedAddress);
        writer.Bytes(bytes);
    }

    internal static IPEndPoint? Read(ref PacketReader reader) =>
        reader.Take(AddressBytes.Bytes) is { Length: AddressBytes.Bytes } bytes ? AddressBytes.Read(bytes) : null;
}
