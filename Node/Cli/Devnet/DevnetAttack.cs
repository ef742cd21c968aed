using System.Globalization;
using Ledger.Learning.Attacks;
using Ledger.Learning.Json;

namespace Ledger.Node.Cli.Devnet;

/// <summary>How the last <paramref name="Count"/> nodes of a devnet cheat.</summary>
internal sealed record DevnetAttack(Attack Attack, int Count)
{
    /// <summary>From NAME:COUNT, or NAME for one attacker.</summary>
    internal static DevnetAttack Parse(string text)
    {
        var parts = text.Split(':');
        var count = 1;
        if (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count))
            count = 0;
        return parts.Length <= 2 && count > 0
            ? new(Named(parts[0]), count)
            : throw new OperatorException($"--attack is '{text}'", "write it as --attack sign-flip:2", misuse: true);
    }

    internal static Attack Named(string name)
    {
        var able = Attack.All.Where(attack => !attack.NeedsOthers).Select(attack => attack.Name).ToArray();
        if (Attack.Find(name) is not { } attack)
            throw new OperatorException($"no attack '{name}'", Spelling.Suggest(name, able), misuse: true);
        return attack.NeedsOthers
            ? throw new OperatorException(
                $"'{name}' needs the others' updates, which nobody has in time in a real round",
                $"try it with ledger simulate --experiment; here: {string.Join(", ", able)}", misuse: true)
            : attack;
    }
}
