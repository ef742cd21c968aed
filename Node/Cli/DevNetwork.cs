using System.Net;
using Ledger.Consensus.Chain;

namespace Ledger.Node.Cli;

/// <summary>The testnet of the four dev keys: who they are and where each listens when four terminals run it.</summary>
internal static class DevNetwork
{
    private const int FirstPort = 9470;

    internal static IEnumerable<(Address Address, string Peer)> Participants()
    {
        for (var number = 0; number < DevKey.Count; number++)
        {
            using var key = DevKey.Of(number);
            yield return (new(key.PublicKey), $"{KeyFile.PeerOf(key)}@{Listen(number)}");
        }
    }

    /// <summary>Where a node listens unless it is told otherwise; those with dev keys have a port each.</summary>
    internal static IPEndPoint Listen(int? number) => new(IPAddress.Loopback, FirstPort + (number ?? 0));
}
