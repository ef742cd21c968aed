using System.Runtime.CompilerServices;

namespace Ledger.Node.Tests;

/// <summary>
/// Files beside this one: published test vectors, and the bytes of every wire type as they once were. Bytes are written
/// anew only where LEDGER_APPROVE_GOLDEN=1 says that the protocol is meant to change.
/// </summary>
internal static class GoldenFile
{
    internal static string[] Lines(string name) => File.ReadAllLines(PathOf(name));

    internal static void Check(string name, ReadOnlySpan<byte> bytes)
    {
        var hex = Convert.ToHexStringLower(bytes);
        if (Environment.GetEnvironmentVariable("LEDGER_APPROVE_GOLDEN") == "1")
            File.WriteAllText(PathOf(name), hex + "\n");
        Assert.That(hex, Is.EqualTo(Lines(name).Single()), $"{name}: the bytes of a wire type have changed");
    }

    private static string PathOf(string name, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, name);
}
