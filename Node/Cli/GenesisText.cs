using Ledger.Consensus.Chain;

namespace Ledger.Node.Cli;

/// <summary>Genesis files on disk: read and checked as a whole, with the file's name in what is wrong.</summary>
internal static class GenesisText
{
    internal static Genesis Load(string path)
    {
        var text = TextFile.Read(path, "make one with: ledger genesis new, or take genesis.json of the network");
        try
        {
            var genesis = GenesisFile.Parse(text);
            foreach (var task in genesis.Tasks)
                TaskDigests.Check(task.Spec);
            return genesis;
        }
        catch (GenesisException e)
        {
            throw new OperatorException($"{path}: {e.Message}", e.Hint);
        }
    }

    /// <summary>The genesis as everybody will read it: its digest covers the text of recipes, which the file
    /// normalises.</summary>
    internal static Genesis AsRead(Genesis drafted) => GenesisFile.Parse(GenesisFile.Format(drafted));
}
