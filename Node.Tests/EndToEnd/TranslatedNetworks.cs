using System.ComponentModel;
using System.Diagnostics;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>What a translator does with datagrams that nobody behind it asked for.</summary>
public enum Uninvited
{
    /// <summary>As routers in homes do.</summary>
    Dropped,

    /// <summary>Takes them for its own, as Linux does where masquerading is all that was set up, and Docker's
    /// networks.</summary>
    Taken,
}

/// <summary>
/// A small Internet of network namespaces: two private networks with the same numbers, each behind a machine that
/// translates addresses by iptables, and between the two a third in public. Made for one test; it goes with this value.
/// </summary>
internal sealed class TranslatedNetworks : IDisposable
{
    internal const string Public = "192.0.2.1";
    internal static readonly string[] Outside = ["198.51.100.1", "203.0.113.1"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string name = $"ledger-{Environment.ProcessId}";
    private readonly List<string> made = [];

    private TranslatedNetworks()
    {
    }

    /// <summary>Makes it, or ignores the test where this machine does not allow it.</summary>
    internal static TranslatedNetworks Make(Uninvited uninvited)
    {
        var networks = new TranslatedNetworks();
        try
        {
            networks.Build(uninvited);
        }
        catch (InvalidOperationException e)
        {
            networks.Dispose();
            Assert.Ignore($"no network namespaces with translators here, which takes root, iproute2 and iptables: "
                + e.Message);
        }
        return networks;
    }

    /// <summary>What starts a process in public.</summary>
    internal string[] InPublic => Enter("public");

    /// <summary>What starts a process in one of the private networks.</summary>
    internal string[] Behind(int translator) => Enter($"private{translator}");

    public void Dispose()
    {
        foreach (var space in made)
            Run("ip", "netns", "delete", space);
        made.Clear();
    }

    private void Build(Uninvited uninvited)
    {
        AddSpace("public");
        Ip("public", $"address add {Public}/32 dev lo");
        Route("public");
        for (var i = 0; i < Outside.Length; i++)
        {
            var network = Outside[i][..Outside[i].LastIndexOf('.')];
            AddSpace($"nat{i}");
            AddSpace($"private{i}");
            Link("public", $"{network}.254", $"nat{i}", Outside[i]);
            Link($"nat{i}", "192.168.7.1", $"private{i}", "192.168.7.2");
            Ip($"nat{i}", $"route add default via {network}.254");
            Ip($"private{i}", "route add default via 192.168.7.1");
            Route($"nat{i}");
            In($"nat{i}", "iptables -t nat -A POSTROUTING -o public -j MASQUERADE");
            if (uninvited == Uninvited.Dropped)
                In($"nat{i}", "iptables -A INPUT -i public -j DROP");
        }
    }

    private void AddSpace(string space)
    {
        Must("ip", "netns", "add", Full(space));
        made.Add(Full(space));
        Ip(space, "link set lo up");
    }

    // Each end is called after the other.
    private void Link(string one, string oneAddress, string other, string otherAddress)
    {
        Must("ip", "link", "add", other, "netns", Full(one), "type", "veth", "peer", "name", one, "netns", Full(other));
        foreach (var (at, end, address) in new[] { (one, other, oneAddress), (other, one, otherAddress) })
        {
            Ip(at, $"address add {address}/24 dev {end}");
            Ip(at, $"link set {end} up");
        }
    }

    private void Route(string space) => Must([.. Enter(space), "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);

    private void Ip(string space, string command) => Must(["ip", "-netns", Full(space), .. command.Split(' ')]);

    private void In(string space, string command) => Must([.. Enter(space), .. command.Split(' ')]);

    private string[] Enter(string space) => ["ip", "netns", "exec", Full(space)];

    private string Full(string space) => $"{name}-{space}";

    private static void Must(params string[] command)
    {
        var (code, errors) = Run(command);
        if (code != 0)
            throw new InvalidOperationException($"'{string.Join(' ', command)}' said '{errors.Trim()}'");
    }

    private static (int Code, string Errors) Run(params string[] command)
    {
        try
        {
            var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit(Patience);
            return (process.ExitCode, errors);
        }
        catch (Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}
