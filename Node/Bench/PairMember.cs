using System.Net;
using System.Security.Cryptography;
using Ledger.Consensus.Crypto;
using Ledger.Node.Cli;
using Ledger.Node.Host;
using Ledger.Node.Transport;

namespace Ledger.Node.Bench;

/// <summary>One of the two peers of a <see cref="PeerPair"/>.</summary>
internal sealed class PairMember : IDisposable
{
    private readonly SecretKey key = KeysNewCommand.Fresh();
    private readonly Endpoint endpoint;
    private Action<NetEvent> onEvent = _ => { };

    internal PairMember()
    {
        endpoint = new(new() { Key = key, Network = default, Random = RandomNumberGenerator.Fill });
        Pump = new(endpoint, new(IPAddress.Loopback, 0), happened => Volatile.Read(ref onEvent)(happened));
    }

    internal PeerId Id => endpoint.Self;

    internal UdpPump Pump { get; }

    /// <summary>Called on the thread of the socket.</summary>
    internal Action<NetEvent> OnEvent
    {
        set => Volatile.Write(ref onEvent, value);
    }

    /// <summary>Sends at once. Only for the thread of the socket.</summary>
    internal void SendIf(bool condition, PeerId to, MessageClass messageClass, byte[] message)
    {
        if (condition)
            endpoint.Send(UdpPump.NowUs, to, messageClass, message);
    }

    /// <summary>Gives the memory of a message back. Only for the thread of the socket.</summary>
    internal void Recycle(byte[] message) => endpoint.Recycle(message);

    /// <summary>What the thread of the socket has used so far.</summary>
    internal ThreadCost Cost() => Ask(_ => ThreadCost.Now());

    internal PeerStatistics Statistics() => Ask(endpoint => endpoint.Statistics().Peers.Single());

    public void Dispose()
    {
        Pump.Dispose();
        key.Dispose();
    }

    private T Ask<T>(Func<Endpoint, T> question)
    {
        var answer = new TaskCompletionSource<T>();
        Pump.Post((endpoint, _) => answer.SetResult(question(endpoint)));
        return answer.Task.Result;
    }
}
