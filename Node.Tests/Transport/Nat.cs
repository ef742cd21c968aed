using System.Net;

namespace Ledger.Node.Tests.Transport;

/// <summary>The four kinds of NAT (RFC 3489 section 5), from the most to the least permissive.</summary>
public enum NatKind
{
    /// <summary>Whoever knows the outer address gets through.</summary>
    FullCone,

    /// <summary>Only hosts that were sent something get through.</summary>
    AddressRestricted,

    /// <summary>Only ports that were sent something get through.</summary>
    PortRestricted,

    /// <summary>Each destination sees another outer port, and only that destination gets through.</summary>
    Symmetric,
}

/// <summary>A network address translator: gives datagrams from inside an outer address and lets some back
/// in.</summary>
internal sealed class Nat(NatKind kind, IPAddress outside)
{
    // What the less patient ones allow: only datagrams from inside keep a mapping alive.
    internal const long IdleUs = 30_000_000;

    private readonly Dictionary<int, Mapping> byPort = [];
    private int nextPort = 20_000;

    internal IPAddress Outside { get; } = outside;

    /// <summary>The outer address of a datagram that leaves.</summary>
    internal IPEndPoint Outbound(long nowUs, IPEndPoint inside, IPEndPoint to)
    {
        var target = kind == NatKind.Symmetric ? to : null;
        var (port, mapping) = byPort.FirstOrDefault(each =>
            each.Value.Inside.Equals(inside) && Equals(each.Value.Target, target) && !each.Value.IsStale(nowUs));
        if (mapping is null)
            byPort[port = nextPort++] = mapping = new(inside, target);
        mapping.UsedUs = nowUs;
        mapping.Contacts.Add(to);
        return new(Outside, port);
    }

    /// <summary>Where a datagram to an outer port goes, or null where it ends here.</summary>
    internal IPEndPoint? Inbound(long nowUs, int port, IPEndPoint from) =>
        byPort.TryGetValue(port, out var mapping) && !mapping.IsStale(nowUs) && LetsIn(mapping, from)
            ? mapping.Inside
            : null;

    /// <summary>Loses its memory, as after a restart: everybody inside gets other ports.</summary>
    internal void Forget() => byPort.Clear();

    private bool LetsIn(Mapping mapping, IPEndPoint from) => kind switch
    {
        NatKind.FullCone => true,
        NatKind.AddressRestricted => mapping.Contacts.Any(contact => contact.Address.Equals(from.Address)),
        _ => mapping.Contacts.Contains(from),
    };

    private sealed class Mapping(IPEndPoint inside, IPEndPoint? target)
    {
        internal IPEndPoint Inside { get; } = inside;

        internal IPEndPoint? Target { get; } = target;

        internal long UsedUs { get; set; }

        internal HashSet<IPEndPoint> Contacts { get; } = [];

        internal bool IsStale(long nowUs) => nowUs - UsedUs >= IdleUs;
    }
}
