using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>Names one INIT: the same one again must get the same answer, byte for byte, or a lost RESP would break the
/// handshake.</summary>
internal readonly record struct InitKey(IPEndPoint From, uint InitiatorId, Bytes32 Ephemeral);

/// <summary>A handshake that somebody unknown began with us: <see cref="Resp"/> is sent, FIN is awaited.</summary>
internal sealed class HalfOpen
{
    internal required InitKey Key { get; init; }
    internal required uint OwnId { get; init; }
    internal required NoiseResponder Noise { get; init; }
    internal required SecretKey Ephemeral { get; init; }
    internal required byte[] Resp { get; init; }

    /// <summary>The sender has shown a cookie, so that it receives at the address that it claims.</summary>
    internal required bool IsProven { get; init; }

    /// <summary>When RESP was sent first.</summary>
    internal required long AnsweredUs { get; init; }

    /// <summary>RESP was sent more than once, so that nobody knows which one FIN answers.</summary>
    internal bool IsRepeated { get; set; }
}

/// <summary>
/// The handshakes of unknown initiators. Anybody can begin one under any address, so that they are bounded in number,
/// in number per host and per network, and in time. Who has proved its address is counted apart from who has not:
/// nobody can use up the places of another host by speaking in its name.
/// </summary>
internal sealed class HalfOpenTable
{
    private readonly Dictionary<InitKey, HalfOpen> byInit = [];
    private readonly Dictionary<uint, HalfOpen> byOwnId = [];
    private readonly Dictionary<(AddressGroup Group, bool IsProven), int> places = [];

    // All live equally long, so that the oldest ends first. Finished ones stay here until their time is over.
    private readonly Queue<HalfOpen> byAge = new();

    internal int Count => byInit.Count;

    internal long DueUs =>
        byAge.TryPeek(out var oldest) ? oldest.AnsweredUs + TransportLimits.HalfOpenLifeUs : long.MaxValue;

    internal HalfOpen? Find(InitKey key) => byInit.GetValueOrDefault(key);

    internal HalfOpen? Find(uint ownId) => byOwnId.GetValueOrDefault(ownId);

    internal bool HasRoom(IPAddress address, bool isProven) => byInit.Count < TransportLimits.HalfOpenMax
        && Taken(AddressGroup.Host(address), isProven) < TransportLimits.HalfOpenPerHostMax
        && Taken(AddressGroup.Network(address), isProven) < TransportLimits.HalfOpenPerNetworkMax;

    internal void Add(HalfOpen handshake)
    {
        byInit.Add(handshake.Key, handshake);
        byOwnId.Add(handshake.OwnId, handshake);
        byAge.Enqueue(handshake);
        Take(handshake, 1);
    }

    internal void Remove(HalfOpen handshake)
    {
        if (Find(handshake.OwnId) != handshake)
            return;
        byOwnId.Remove(handshake.OwnId);
        byInit.Remove(handshake.Key);
        Take(handshake, -1);
    }

    internal void Expire(long nowUs)
    {
        while (DueUs <= nowUs)
        {
            var oldest = byAge.Dequeue();
            Remove(oldest);
            oldest.Ephemeral.Dispose();
        }
    }

    private int Taken(AddressGroup group, bool isProven) => places.GetValueOrDefault((group, isProven));

    private void Take(HalfOpen handshake, int count)
    {
        var address = handshake.Key.From.Address;
        AddressGroup[] groups = [AddressGroup.Host(address), AddressGroup.Network(address)];
        foreach (var group in groups)
        {
            var key = (group, handshake.IsProven);
            if ((places[key] = Taken(group, handshake.IsProven) + count) == 0)
                places.Remove(key);
        }
    }
}
