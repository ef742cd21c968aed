using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>Names one INIT: the same one again must get the same answer, byte for byte, or a lost RESP would break the
/// handshake.</summary>
internal readonly record struct InitKey(IPEndPoint From, uint InitiatorId, Bytes32 Ephemeral);

/// <summary>A handshake that somebody unknown began with us: <see cref="Resp"/> is sent, FIN is awaited.</summary>
internal sealed record HalfOpen(
    InitKey Key, uint OwnId, NoiseResponder Noise, SecretKey Ephemeral, byte[] Resp, long EndUs);

/// <summary>
/// The handshakes of unknown initiators. Anybody can begin one under any address, so that they are bounded in number,
/// in number per IP address, and in time.
/// </summary>
internal sealed class HalfOpenTable
{
    private readonly Dictionary<InitKey, HalfOpen> byInit = [];
    private readonly Dictionary<uint, HalfOpen> byOwnId = [];
    private readonly Dictionary<IPAddress, int> perAddress = [];

    // All live equally long, so that the oldest ends first. Finished ones stay here until their time is over, which
    // also bounds the handshakes that cost us curve operations: HalfOpenMax in HalfOpenLifeUs.
    private readonly Queue<HalfOpen> byAge = new();

    internal int Count => byInit.Count;

    internal long DueUs => byAge.TryPeek(out var oldest) ? oldest.EndUs : long.MaxValue;

    internal HalfOpen? Find(InitKey key) => byInit.GetValueOrDefault(key);

    internal bool HasRoom(IPAddress address) => byAge.Count < TransportLimits.HalfOpenMax
        && perAddress.GetValueOrDefault(address) < TransportLimits.HalfOpenPerAddressMax;

    internal void Add(HalfOpen handshake)
    {
        var address = handshake.Key.From.Address;
        byInit.Add(handshake.Key, handshake);
        byOwnId.Add(handshake.OwnId, handshake);
        byAge.Enqueue(handshake);
        perAddress[address] = perAddress.GetValueOrDefault(address) + 1;
    }

    internal HalfOpen? Find(uint ownId) => byOwnId.GetValueOrDefault(ownId);

    internal void Remove(uint ownId)
    {
        if (!byOwnId.Remove(ownId, out var handshake))
            return;
        byInit.Remove(handshake.Key);
        var address = handshake.Key.From.Address;
        if (--perAddress[address] == 0)
            perAddress.Remove(address);
    }

    internal void Expire(long nowUs)
    {
        while (byAge.TryPeek(out var oldest) && oldest.EndUs <= nowUs)
        {
            byAge.Dequeue();
            Remove(oldest.OwnId);
            oldest.Ephemeral.Dispose();
        }
    }
}
