using Ledger.Learning;
using Ledger.Learning.Data;

namespace Ledger.Node.Cli.Devnet;

/// <summary>Deals data to the nodes of a devnet, and holds some rows of each out.</summary>
internal static class DealtData
{
    internal const string BySite = "site";

    // Experiments repeat: the same data goes to the same nodes.
    private const ulong Seed = 1;
    private const double HeldOut = 0.2;

    /// <summary>Refuses a name that is no split, before anything else takes time.</summary>
    internal static void Check(string split)
    {
        try
        {
            if (split != BySite)
                Splits.Parse(split);
        }
        catch (DataException e)
        {
            throw new OperatorException(e.Message, $"{e.Hint}, {BySite} (a file for each node)");
        }
    }

    /// <summary>One shard a node: the file of its site, or a part of all rows by <paramref name="split"/>.</summary>
    internal static (string Source, Shard Shard)[] Deal(Schema schema, IReadOnlyList<Source> sources, string split,
        int nodes)
    {
        if (split == BySite)
            return [.. sources.Select((site, i) =>
                (site.Name, Shard.Of(schema.Encode(site), Seed + (ulong)i, HeldOut)))];
        var rows = Dataset.Concat([.. sources.Select(schema.Encode)]);
        var name = string.Join(',', sources.Select(source => source.Name));
        return [.. Splits.Parse(split).Deal(rows.Labels, nodes, Seed).Select((part, i) =>
            ($"{name} part {i + 1}/{nodes}", Shard.Of(rows.Take(part), Seed + (ulong)i, HeldOut)))];
    }
}
