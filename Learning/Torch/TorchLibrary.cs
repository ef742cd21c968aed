using System.Globalization;

namespace Ledger.Learning.Torch;

/// <summary>The libtorch and the BLAS that this process has loaded, and how many threads each uses for one
/// trainer.</summary>
public sealed record TorchLibrary(string Version, string Blas, int Threads, int BlasThreads)
{
    /// <summary>Loads it, and asks it.</summary>
    /// <exception cref="MissingLibraryException">It is not there, or lacks something that it needs.</exception>
    public static unsafe TorchLibrary Load()
    {
        var lines = Shim.Text(Shim.ledger_torch_about()).Split('\n');
        return new(lines[0], lines[1].Trim(), Number(lines[2]), Number(lines[3]));
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
