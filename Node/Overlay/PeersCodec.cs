using System.Collections.Immutable;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>How messages about peers travel; a part of <see cref="WireCodec"/>.</summary>
internal static class PeersCodec
{
    private const int GetPeersKind = 10, PeersKind = 11, GetPunchKind = 27, PunchKind = 28;

    internal static void Write(Writer writer, WireMessage message)
    {
        switch (message)
        {
            case WireMessage.GetPeers:
                writer.Array(1).UInt(GetPeersKind);
                break;
            case WireMessage.Peers m:
                writer.Array(2).UInt(PeersKind).Array(m.List.Length);
                foreach (var peer in m.List)
                    peer.Write(writer);
                break;
            case WireMessage.GetPunch m:
                writer.Array(2).UInt(GetPunchKind).PublicKey(m.Target.Key);
                break;
            case WireMessage.Punch m:
                m.Peer.Write(writer.Array(2).UInt(PunchKind));
                break;
        }
    }

    internal static WireMessage? Read(ref Reader reader, int kind, int fields) => (kind, fields) switch
    {
        (GetPeersKind, 1) => new WireMessage.GetPeers(),
        (PeersKind, 2) => ReadPeers(ref reader),
        (GetPunchKind, 2) => new WireMessage.GetPunch(new(reader.PublicKey())),
        (PunchKind, 2) => KnownPeer.Read(ref reader) is { } peer ? new WireMessage.Punch(peer) : null,
        _ => null,
    };

    private static WireMessage.Peers? ReadPeers(ref Reader reader)
    {
        var list = ImmutableArray.CreateBuilder<KnownPeer>();
        for (int i = 0, n = reader.Count(OverlayLimits.PeersPerMessageMax); i < n && !reader.Failed; i++)
            if (KnownPeer.Read(ref reader) is { } peer)
                list.Add(peer);
        return reader.Failed ? null : new(list.ToImmutable());
    }
}
