using System.Diagnostics;
using System.Globalization;

namespace Ledger.Node.Bench;

/// <summary>The same rules as people write them in NumPy (float32, np.sort and a Gram matrix), measured in a process
/// beside us where Debian's python3-numpy is installed.</summary>
internal static class NumPyAggregation
{
    // 32 updates of a million coordinates, seven liars at most; medians of five, in milliseconds.
    private const string Script = """
        import sys, time
        import numpy as np
        n, d, f = 32, 1_000_000, 7
        x = np.random.default_rng(1).integers(-127, 128, (n, d)).astype(np.float32)

        def trimmed_mean():
            return np.sort(x, axis=0)[f:n - f].mean(axis=0)

        def multi_krum():
            g = x @ x.T
            q = np.diag(g)
            scores = np.sort(q[:, None] + q[None, :] - 2 * g, axis=1)[:, 1:n - f - 1].sum(axis=1)
            return x[np.argsort(scores)[:n - f]].mean(axis=0)

        for rule in trimmed_mean, multi_krum:
            rule()
            took = []
            for _ in range(5):
                start = time.perf_counter()
                rule()
                took.append(time.perf_counter() - start)
            print(1000 * sorted(took)[2])
        """;

    /// <summary>Milliseconds of a trimmed mean and of Multi-Krum; null where there is no NumPy.</summary>
    internal static (double TrimmedMean, double MultiKrum)? Measure()
    {
        using var python = Start();
        if (python is null)
            return null;
        var printed = python.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        python.WaitForExit();
        return python.ExitCode == 0 && printed is [var trimmed, var krum]
            ? (double.Parse(trimmed, CultureInfo.InvariantCulture), double.Parse(krum, CultureInfo.InvariantCulture))
            : null;
    }

    private static Process? Start()
    {
        try
        {
            return Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", Script])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
