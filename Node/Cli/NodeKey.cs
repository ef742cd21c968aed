using System.CommandLine;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Cli;

/// <summary>The key that a command signs with: a dev key where one is asked for, else the one in the home.</summary>
internal static class NodeKey
{
    internal static SecretKey Open(Terminal terminal, ParseResult parsed)
    {
        if (parsed.GetValue(SharedOptions.Dev) is { } number)
        {
            var key = DevKey.Of(number);
            DevKey.Warn(terminal, number);
            return key;
        }
        var path = HomeDirectory.Of(parsed).KeyFile;
        return KeyFile.Read(path).Open(path, () => Passphrase.Existing(terminal, parsed));
    }
}
