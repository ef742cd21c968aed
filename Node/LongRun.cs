using System.Runtime.InteropServices;

namespace Ledger.Node;

/// <summary>
/// For a command that computes for minutes: puts the same program, told to compile each method well at its first call
/// and to collect garbage with all cores, in the place of this process. By itself the runtime waits for a second in
/// which nothing new is called, and a simulation hardly has one: it takes half as long again.
/// </summary>
internal static unsafe partial class LongRun
{
    private const string QuickJit = "DOTNET_TC_QuickJit", ServerCollector = "DOTNET_gcServer";

    /// <summary>Comes back where it has been done already, or somebody has chosen otherwise.</summary>
    internal static void Begin()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(QuickJit) is not null)
            return;
        var line = File.ReadAllBytes("/proc/self/cmdline");
        // The runtime's own copy of the environment is not what exec(3) hands on.
        if (setenv(QuickJit, "0", overwrite: 0) != 0 || setenv(ServerCollector, "1", overwrite: 0) != 0)
            return;
        fixed (byte* first = line)
        {
            var words = new List<nint>();
            for (var at = 0; at < line.Length; at += line.AsSpan(at).IndexOf((byte)0) + 1)
                words.Add((nint)(first + at));
            fixed (nint* list = words.Append(0).ToArray())
                _ = execv("/proc/self/exe", list);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int execv(string path, nint* arguments);
}
