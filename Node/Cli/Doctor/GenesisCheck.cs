using Ledger.Consensus.Chain;
using Ledger.Learning.Torch;

namespace Ledger.Node.Cli.Doctor;

/// <summary>The network's genesis file: whether it reads, and whether home and key belong to it.</summary>
internal static class GenesisCheck
{
    private const string Name = "genesis";

    /// <summary>The finding, and the genesis where it reads.</summary>
    internal static (Finding Finding, Genesis? Genesis) Of(string path, HomeDirectory home)
    {
        try
        {
            var genesis = GenesisText.Load(path);
            return (Fits(genesis, home), genesis);
        }
        catch (OperatorException e)
        {
            return (Finding.Fail(Name, e.Message, $"ledger genesis check '{path}'"), null);
        }
        catch (MissingLibraryException e)
        {
            return (Finding.Fail(Name, $"its tasks cannot be checked: {e.Message}", "sh .build/packages.sh"), null);
        }
    }

    private static Finding Fits(Genesis genesis, HomeDirectory home)
    {
        var chain = genesis.Digest().ToString();
        if (home.Chain() is { } other && other != chain)
            return Finding.Fail(Name, $"the home belongs to another chain: {other}", "ledger doctor --home DIR");
        var says = $"'{genesis.Name}' ({Figures.Short(chain)}), {genesis.Validators.Length} validators";
        if (!File.Exists(home.KeyFile))
            return Finding.Ok(Name, says);
        var own = KeyFile.Read(home.KeyFile).Address;
        return Finding.Ok(Name, genesis.Validators.Any(validator => validator.Address.ToString() == own)
            ? $"{says}, our key is one of them"
            : $"{says}; our key is none from the start, and may become one with: ledger account stake");
    }
}
