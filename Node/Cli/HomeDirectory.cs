using System.CommandLine;
using System.Text;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Node.Storage;

namespace Ledger.Node.Cli;

/// <summary>A node's directory: its key, its store and the socket of its API. Only its owner may enter.</summary>
internal sealed record HomeDirectory(string Path)
{
    internal string KeyFile => System.IO.Path.Combine(Path, "key.json");

    /// <summary>
    /// Notes that the key was made here and has signed nothing: an empty sign guard. A key that comes from elsewhere
    /// has none, and its owner has to say what it may have signed.
    /// </summary>
    internal void NoteFreshKey() => OwnerOnly.CreateFile(System.IO.Path.Combine(Path, SignGuard.FileName)).Dispose();

    /// <summary>From <c>--home</c>, else the environment, else the usual place.</summary>
    internal static HomeDirectory Of(ParseResult parsed)
    {
        var path = parsed.GetValue(SharedOptions.Home) ?? Environment.GetEnvironmentVariable("LEDGER_HOME");
        return new(System.IO.Path.GetFullPath(string.IsNullOrEmpty(path) ? DefaultPath() : path));
    }

    internal void Create()
    {
        if (File.Exists(Path))
            throw new OperatorException($"the home '{Path}' is a file", "name a directory with --home");
        OwnerOnly.CreateDirectory(Path);
    }

    /// <summary>
    /// Refuses a home that another chain or another key has used: votes and shards of two networks must never mix, and
    /// a log of one key's votes protects no other key.
    /// </summary>
    internal void BindTo(Digest chain, Address address)
    {
        // A disk that was full may have left it empty.
        if (new FileInfo(OwnerFile) is not { Exists: true, Length: > 0 })
            TextFile.Write(OwnerFile, Encoding.UTF8.GetBytes($"{chain} {address}\n"));
        var words = TextFile.Read(OwnerFile, "").Trim().Split(' ');
        if (words[0] != chain.ToString())
            throw new OperatorException($"the home '{Path}' belongs to another chain: {words[0]}",
                "take the genesis file it was made with, or another --home");
        if (words[^1] != address.ToString())
            throw new OperatorException($"the home '{Path}' belongs to another key: {words[^1]}",
                "take that key, or another --home");
    }

    /// <summary>The chain whose home this is; null while it is nobody's.</summary>
    internal string? Chain() => File.Exists(OwnerFile) ? TextFile.Read(OwnerFile, "").Trim().Split(' ')[0] : null;

    private string OwnerFile => System.IO.Path.Combine(Path, "owner");

    private static string DefaultPath() => System.IO.Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ledger");
}
