using System.Diagnostics;

namespace Ledger.Node.Tests.Learning;

/// <summary>Debian's Python with PyTorch, the reader that exported models are meant for and the writer of hostile
/// ones.</summary>
internal static class PyTorch
{
    private const string Python = "/usr/bin/python3";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static readonly Lazy<bool> Installed = new(
        () => File.Exists(Python) && Execute("import torch", "").Code == 0);

    /// <summary>What the script prints; it finds its working folder in sys.argv[1].</summary>
    internal static string Run(string script, string folder = "")
    {
        if (!Installed.Value)
            Assert.Ignore("python3 with torch is missing: install the Debian package python3-torch");
        var (code, output, errors) = Execute(script, folder);
        Assert.That(code, Is.Zero, errors);
        return output;
    }

    /// <summary>The TorchScript file of the module that <paramref name="lines"/> define as class M.</summary>
    internal static byte[] Script(string lines)
    {
        using var folder = new TemporaryFolder();
        Run($"""
            import sys, torch
            from torch import nn
            {lines.Replace("\n", "\n            ", StringComparison.Ordinal).TrimStart()}
            torch.manual_seed(1)
            torch.jit.script(M()).save(sys.argv[1] + "/model.pt")
            """.Replace("\n            ", "\n", StringComparison.Ordinal), folder.Path);
        return File.ReadAllBytes(Path.Combine(folder.Path, "model.pt"));
    }

    private static (int Code, string Output, string Errors) Execute(string script, string folder)
    {
        using var scripts = new TemporaryFolder();
        // TorchScript reads the source of a class back, so it must come from a file.
        var file = Path.Combine(scripts.Path, "script.py");
        File.WriteAllText(file, script);
        var start = new ProcessStartInfo(Python, [file, folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit(Patience);
        return (process.ExitCode, output, errors.Result);
    }
}
