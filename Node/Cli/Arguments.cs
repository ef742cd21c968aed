using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ledger.Consensus.Crypto;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary>Values as a person types them: addresses, endpoints, pairs.</summary>
internal static class Arguments
{
    /// <summary>The text of an address, once it is known to be one.</summary>
    internal static string Address(string text) => ReadRoutes.AddressIn(text).ToString();

    /// <summary>ADDRESS=TOKENS.</summary>
    internal static (Consensus.Chain.Address Address, ulong Tokens) Holding(string option, string text)
    {
        var parts = text.Split('=');
        return parts.Length == 2
            && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var tokens)
            ? (ReadRoutes.AddressIn(parts[0]), tokens)
            : throw new OperatorException($"{option} is '{text}'", $"write it as {option} led1…=1000", misuse: true);
    }

    /// <summary>ADDRESS:PORT; port 0 is any free one.</summary>
    internal static IPEndPoint EndPoint(string option, string text) =>
        text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out var endPoint)
            ? endPoint
            : throw new OperatorException($"{option} is '{text}'",
                $"write it as ADDRESS:PORT: {option} 127.0.0.1:9470", misuse: true);

    /// <summary>ID@HOST:PORT, where the host is an address or a name.</summary>
    internal static (PeerId Id, IPEndPoint Address) Peer(string text)
    {
        var parts = text.Split('@');
        if (parts.Length != 2)
            throw new OperatorException($"the peer '{text}' is not ID@ADDRESS:PORT",
                "ledger prints yours at its start");
        if (!PeerId.TryParse(parts[0], out var id))
            throw new OperatorException($"'{parts[0]}' is no peer id",
                "a peer id starts with node1; one wrong letter spoils it");
        return (id.Value, Resolve(parts[1]));
    }

    private static IPEndPoint Resolve(string text)
    {
        if (text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out var known))
            return known;
        var colon = text.LastIndexOf(':');
        if (colon < 1
            || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            throw new OperatorException($"'{text}' is not ADDRESS:PORT",
                "for example 127.0.0.1:9470, or peer.example:9470");
        try
        {
            return new(Dns.GetHostAddresses(text[..colon])[0], port);
        }
        catch (SocketException)
        {
            throw new OperatorException($"no address is known for '{text[..colon]}'",
                "check the name, or give its address");
        }
    }
}
