using System.Diagnostics.CodeAnalysis;
using System.Net;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>A peer and where it takes datagrams. Written as ID@ADDRESS:PORT.</summary>
internal sealed record KnownPeer(PeerId Id, IPEndPoint Address)
{
    /// <summary>The peer written as <paramref name="text"/>; names are not looked up here.</summary>
    internal static bool TryParse(string text, [NotNullWhen(true)] out KnownPeer? peer)
    {
        peer = text.Split('@') is [var id, var address]
            && PeerId.TryParse(id, out var parsed)
            && IPEndPoint.TryParse(address, out var endPoint) && endPoint.Port > 0
                ? new(parsed.Value, Plain(endPoint))
                : null;
        return peer is not null;
    }

    public override string ToString() => $"{Id}@{Address}";

    /// <summary>IPv4 has two spellings on a dual-stack socket; one of them is enough.</summary>
    internal static IPEndPoint Plain(IPEndPoint address) =>
        address.Address.IsIPv4MappedToIPv6 ? new(address.Address.MapToIPv4(), address.Port) : address;

    internal void Write(Writer writer) =>
        writer.Array(3).PublicKey(Id.Key).Bytes(Address.Address.GetAddressBytes()).UInt((ulong)Address.Port);

    internal static KnownPeer? Read(ref Reader reader)
    {
        reader.Array(3);
        var id = new PeerId(reader.PublicKey());
        var bytes = reader.Bytes(16);
        var port = reader.Int32(IPEndPoint.MaxPort);
        if (bytes.Length is not (4 or 16) || port == 0 || new IPAddress(bytes) is { IsIPv4MappedToIPv6: true })
            reader.Fail();
        return reader.Failed ? null : new(id, new(new IPAddress(bytes), port));
    }
}
