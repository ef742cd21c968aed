using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Node.Host;
using Ledger.Node.Overlay;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Host;

/// <summary>A peer that speaks the real protocol over a real socket, says what it likes and hears everything.</summary>
internal sealed class Hostile : IDisposable
{
    private readonly ConcurrentQueue<WireMessage> heard = new();
    private readonly ConcurrentDictionary<PeerId, bool> connected = new();
    private readonly SecretKey key = SecretKey.From(RandomNumberGenerator.GetBytes(32))!;
    private readonly UdpPump pump;

    internal Hostile(Testnet net, Digest? network = null)
        : this(network ?? net.Genesis.Digest(),
            net.Nodes.Select(n => new KnownPeer(n.Snapshot.PeerId, n.Snapshot.Listen)))
    {
    }

    internal Hostile(Digest network, IEnumerable<KnownPeer> peers)
    {
        var endpoint = new Endpoint(new()
        {
            Key = key,
            Network = network,
            Random = RandomNumberGenerator.Fill,
        });
        pump = new(endpoint, new(IPAddress.Loopback, 0), Happened);
        foreach (var peer in peers)
            pump.Post((e, now) => e.Connect(now, peer.Id, peer.Address));
    }

    internal int Connections => connected.Count;

    internal IEnumerable<WireMessage> Heard => heard;

    /// <summary>What to do with a message as soon as it comes.</summary>
    internal Action<WireMessage>? Answer { get; set; }

    internal static SignedVote Sign(
        Digest chain, SecretKey signer, VoteKind kind, ulong height, uint round, Digest? block)
    {
        var vote = new Vote(kind, height, round, block, new(signer.PublicKey));
        return new(vote, signer.Sign(vote.SigningDigest(chain)));
    }

    internal void Say(WireMessage message) => SayBytes(WireCodec.Encode(message));

    internal void SayBytes(byte[] bytes)
    {
        foreach (var peer in connected.Keys)
            pump.Post((endpoint, now) => endpoint.Send(now, peer, MessageClass.Vote, bytes));
    }

    public void Dispose()
    {
        pump.Dispose();
        key.Dispose();
    }

    private void Happened(NetEvent happened)
    {
        if (happened is NetEvent.PeerUp up)
            connected[up.Peer] = true;
        else if (happened is NetEvent.PeerDown down)
            connected.TryRemove(down.Peer, out _);
        else if (happened is NetEvent.Received received && WireCodec.TryDecode(received.Message, out var message))
        {
            heard.Enqueue(message);
            Answer?.Invoke(message);
            pump.Consume(received);
        }
    }
}
