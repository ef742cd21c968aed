using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// The addresses of one kind, in buckets that only a holder of the secret can foresee (Bitcoin's addrman, CometBFT's
/// sizes). However many addresses one network group tells of, they fall into few of the buckets.
/// </summary>
internal sealed class AddressTable(ulong secret, string kind, int buckets, int spread)
{
    private readonly SortedDictionary<(int Bucket, int Slot), PeerId> slots = [];
    private readonly SortedDictionary<PeerId, (int Bucket, int Slot)> places = [];

    internal int Count => slots.Count;

    internal bool Contains(PeerId peer) => places.ContainsKey(peer);

    /// <summary>All peers by bucket.</summary>
    internal IEnumerable<(int Bucket, PeerId Peer)> All => slots.Select(s => (s.Key.Bucket, s.Value));

    /// <summary>The bucket and the slot where an address belongs that a group of networks told of.</summary>
    internal (int Bucket, int Slot) PlaceOf(PeerId peer, IPAddress address, NetworkGroup source)
    {
        var own = NetworkGroup.Of(address);
        // An address that nobody told of is spread by itself.
        var share = Hash(own, source, spread, own == source ? peer : default) % (ulong)spread;
        var bucket = (int)(Hash(source, default, (int)share, default) % (ulong)buckets);
        return (bucket, (int)(Hash(own, source, bucket, peer) % OverlayLimits.BucketSize));
    }

    /// <summary>Who has the place already; null where nobody has.</summary>
    internal PeerId? At((int Bucket, int Slot) place) => slots.TryGetValue(place, out var peer) ? peer : null;

    /// <summary>Puts a peer into a place; whoever had it is gone.</summary>
    internal void Put((int Bucket, int Slot) place, PeerId peer)
    {
        if (slots.TryGetValue(place, out var before))
            places.Remove(before);
        Remove(peer);
        slots[place] = peer;
        places[peer] = place;
    }

    internal void Remove(PeerId peer)
    {
        if (places.Remove(peer, out var place))
            slots.Remove(place);
    }

    private ulong Hash(NetworkGroup first, NetworkGroup second, int number, PeerId peer)
    {
        Span<byte> bytes = stackalloc byte[8 + 8 + 2 * 9 + 4 + PublicKey.Size];
        bytes.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, secret);
        for (var i = 0; i < kind.Length; i++)
            bytes[8 + i] = (byte)kind[i];
        first.Write(bytes[16..]);
        second.Write(bytes[25..]);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[34..], number);
        peer.Key.Value.CopyTo(bytes[38..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
