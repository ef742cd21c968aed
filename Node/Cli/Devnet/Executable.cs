using System.Diagnostics;

namespace Ledger.Node.Cli.Devnet;

/// <summary>This same program as another process.</summary>
internal static class Executable
{
    /// <summary>How to start it with these arguments and with pipes instead of a terminal.</summary>
    internal static ProcessStartInfo Start(IEnumerable<string> arguments)
    {
        var (file, first) = Locate();
        return new(file, [.. first, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    // Under `dotnet ledger.dll` or a test host our process is another program.
    private static (string File, string[] First) Locate()
    {
        var own = Environment.ProcessPath ?? "";
        if (Path.GetFileNameWithoutExtension(own) is not ("dotnet" or "testhost"))
            return (own, []);
        var native = Path.Combine(AppContext.BaseDirectory, "ledger");
        return File.Exists(native) ? (native, []) : ("dotnet", [Path.Combine(AppContext.BaseDirectory, "ledger.dll")]);
    }
}
