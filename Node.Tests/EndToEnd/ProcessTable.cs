namespace Ledger.Node.Tests.EndToEnd;

/// <summary>What the kernel says about processes: who belongs to whom, and what sockets each has open.</summary>
internal static class ProcessTable
{
    internal static int[] Children(int process) => File.Exists($"/proc/{process}/stat")
        ? [.. Directory.GetDirectories($"/proc/{process}/task").SelectMany(ChildrenOfThread)]
        : [];

    internal static bool IsAlive(int process) =>
        Read($"/proc/{process}/stat") is { Length: > 0 } stat && stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');

    /// <summary>The command line, and below it the environment, one entry a line.</summary>
    internal static string StartOf(int process) =>
        (Read($"/proc/{process}/cmdline") + "\n" + Read($"/proc/{process}/environ")).Replace('\0', '\n');

    /// <summary>How many sockets of a protocol (tcp, tcp6, udp, udp6) a process holds, in whatever state.</summary>
    internal static int Sockets(int process, params string[] protocols)
    {
        var own = Inodes(process);
        return protocols.SelectMany(each => Read($"/proc/{process}/net/{each}").Split('\n').Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(fields => fields.Length > 9 && own.Contains($"socket:[{fields[9]}]"));
    }

    /// <summary>Bytes of a process that are in memory, and those of them that no file holds as well.</summary>
    internal static (long Resident, long Anonymous) Memory(int process)
    {
        var fields = Read($"/proc/{process}/status").Split('\n').Select(line => line.Split(':'))
            .Where(line => line[0] is "VmRSS" or "RssAnon")
            .ToDictionary(line => line[0], line => 1_024 * long.Parse(line[1].Replace("kB", "").Trim()));
        return (fields.GetValueOrDefault("VmRSS"), fields.GetValueOrDefault("RssAnon"));
    }

    private static IEnumerable<int> ChildrenOfThread(string thread) =>
        Read($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);

    private static HashSet<string> Inodes(int process)
    {
        try
        {
            return [.. Directory.GetFiles($"/proc/{process}/fd").Select(fd => new FileInfo(fd).LinkTarget ?? "")];
        }
        catch (IOException)
        {
            return [];
        }
    }

    // A process may end while one looks at it.
    private static string Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
