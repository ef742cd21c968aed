using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Node.Training;

namespace Ledger.Node.Cli;

/// <summary>The digests by which a task names its model and its start; whoever runs it must find the same.</summary>
internal static class TaskDigests
{
    /// <summary>Of the TorchScript source of a built-in model, or of a user's file.</summary>
    internal static Digest Model(Recipe recipe, byte[]? file) => file is null
        ? TaskCatalog.ModelId(recipe.Model.ArchitectureFor(recipe.Schema))
        : Digest.OfBlob(file);

    internal static Digest InitialParameters(TorchModel model) =>
        Digest.OfBlob(Parameters.Encode(model.InitialParameters()));

    /// <summary>Refuses a task whose recipe does not read or does not lead to its digests. A user's model file is in
    /// nobody's genesis file, so that its tasks are checked where the file is.</summary>
    internal static void Check(TaskSpec spec)
    {
        if (!Recipe.TryParse(spec.Recipe, out var recipe, out var error))
            throw new GenesisException($"task '{spec.Name}': its recipe does not read: {error}",
                "compare with: ledger genesis new --data FILE");
        if (spec.Exponent != recipe.UpdateExponent)
            throw Differs(spec, "update-exponent", $"{recipe.UpdateExponent}");
        if (recipe.Model.FileHash is not null)
            return;
        using var model = TorchModel.Open(recipe);
        if (Model(recipe, file: null) is var code && code != spec.Model)
            throw Differs(spec, "model", code.ToString());
        if (InitialParameters(model) is var start && start != spec.Parameters)
            throw Differs(spec, "initial-parameters", start.ToString());
    }

    private static GenesisException Differs(TaskSpec spec, string key, string computed) => new(
        $"task '{spec.Name}': '{key}' is not what the recipe gives", $"the recipe gives {computed}");
}
