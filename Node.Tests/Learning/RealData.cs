namespace Ledger.Node.Tests.Learning;

/// <summary>Public data sets that are too large to ship: in the folder that LEDGER_DATA names, or in "shared/data"
/// beside one of the folders above the tests.</summary>
internal static class RealData
{
    internal static string Path(params string[] parts)
    {
        var root = Environment.GetEnvironmentVariable("LEDGER_DATA") ?? FindAbove();
        var path = root is null ? null : System.IO.Path.Combine([root, .. parts]);
        if (path is null || !(File.Exists(path) || Directory.Exists(path)))
            Assert.Ignore($"no data '{string.Join('/', parts)}': set LEDGER_DATA to the folder that holds it");
        return path!;
    }

    private static string? FindAbove()
    {
        for (var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
            folder is not null;
            folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
                return candidate;
        }

        return null;
    }
}
