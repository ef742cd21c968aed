using System.Text;

namespace Ledger.Node.Http;

/// <summary>Where a node's API listens: a Unix socket in its home, which the file system guards.</summary>
internal static class ApiSocket
{
    // sockaddr_un holds 108 bytes with the closing zero.
    private const int PathBytesMax = 107;

    internal static string PathIn(string home)
    {
        var path = Path.Combine(home, "ledger.sock");
        return Encoding.UTF8.GetByteCount(path) <= PathBytesMax
            ? path
            : throw new OperatorException(
                $"the home '{home}' is too long a path: its socket would have {Encoding.UTF8.GetByteCount(path)} bytes",
                $"a socket's path has at most {PathBytesMax}; take a shorter --home");
    }
}
