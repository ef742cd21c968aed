using System.Diagnostics;

namespace Ledger.Node.Tests.Packaging;

/// <summary>Programs of the system that packaging stands on.</summary>
internal static class Shell
{
    /// <summary>Runs a program to its end.</summary>
    internal static (int Code, string Output, string Error) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>The lines of a program that must not fail.</summary>
    internal static string[] Lines(string program, params string[] arguments)
    {
        var (code, output, error) = Run(program, arguments);
        Assert.That(code, Is.Zero, $"{program} {string.Join(' ', arguments)}\n{error}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
