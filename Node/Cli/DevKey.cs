using System.Security.Cryptography;
using System.Text;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Cli;

/// <summary>
/// Four keys that everybody knows, so that four terminals make a testnet without preparation. Whoever reads this line
/// can spend what they hold.
/// </summary>
internal static class DevKey
{
    internal const int Count = 4;

    internal static SecretKey Of(int number)
    {
        if (number is < 0 or >= Count)
            throw new OperatorException($"there is no dev key {number}", $"--dev takes 0 to {Count - 1}", misuse: true);
        return SecretKey.From(SHA256.HashData(Encoding.UTF8.GetBytes($"ledger insecure dev key {number}")))!;
    }

    /// <summary>The key whose tokens a testnet's genesis file gives to everybody: see <see cref="FaucetCommand"/>.
    /// </summary>
    internal static SecretKey Faucet() => SecretKey.From(SHA256.HashData("ledger insecure dev faucet key"u8))!;

    /// <summary>Says loudly that money on this key is nobody's.</summary>
    internal static void Warn(Terminal terminal, int number) => terminal.Error.WriteLine(
        $"warning: dev key {number} is public: anybody can sign with it; use it for trying things only");
}
