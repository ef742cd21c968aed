using System.Text;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Learning.Torch;
using Ledger.Node.Storage;

namespace Ledger.Node.Training;

/// <summary>
/// A task's recipe, read and found to match what the chain says of it; <paramref name="File"/> is a user's own model.
/// </summary>
internal sealed record TaskKit(Recipe Recipe, int ParameterCount, byte[]? File);

/// <summary>
/// The tasks that this node can work on: recipes as the learning code reads them, checked against the model and the
/// initial parameters that the chain names. A task that does not check is left alone, with one line that says why.
/// </summary>
internal sealed class TaskCatalog(Store store, Action<Digest> want)
{
    // Canonical parameters are int32 behind a head of a few bytes, and travel as one blob.
    private const int ParametersMax = (Consensus.Codec.Limits.ParameterBytesMax - 1_024) / sizeof(int);

    private readonly Dictionary<Digest, TaskKit?> kits = [];

    /// <summary>What a task needs to be worked on; null while its model file is not here, or is unusable.</summary>
    internal TaskKit? Find(LearningTask task)
    {
        if (kits.TryGetValue(task.Id, out var known))
            return known;
        try
        {
            if (Read(task) is not { } kit)
                return null;
            return kits[task.Id] = kit;
        }
        catch (DataException e)
        {
            Log.Unusable(task.Spec.Name, e.Message);
            return kits[task.Id] = null;
        }
        catch (TorchException e)
        {
            Log.Unusable(task.Spec.Name, e.Message);
            return kits[task.Id] = null;
        }
    }

    private TaskKit? Read(LearningTask task)
    {
        if (!Recipe.TryParse(task.Spec.Recipe, out var recipe, out var error))
            throw new DataException($"recipe: {error}");
        return recipe.Model.Name == ModelChoice.File ? ReadFile(task, recipe) : ReadBuiltIn(task, recipe);
    }

    private TaskKit ReadBuiltIn(LearningTask task, Recipe recipe)
    {
        var architecture = recipe.Model.ArchitectureFor(recipe.Schema);
        if (ModelId(architecture) != task.Spec.Model)
            throw new DataException($"the built-in model '{recipe.Model.Name}' is not the one that the task names");
        RefuseTooLarge(architecture.Shapes);
        Keep(task, UniformInitial.Parameters(recipe.Seed, architecture.Shapes));
        return new(recipe, ParameterShape.Total(architecture.Shapes), File: null);
    }

    // Anybody can put a task on the chain: count before anything is made, and in 64 bits.
    private static void RefuseTooLarge(IEnumerable<ParameterShape> shapes)
    {
        var count = shapes.Sum(s => s.Dimensions.Aggregate(1L, (product, dimension) => product * dimension));
        if (count > ParametersMax)
            throw new DataException($"the model has {count} parameters, and blobs have room for {ParametersMax}");
    }

    private TaskKit? ReadFile(LearningTask task, Recipe recipe)
    {
        if (store.Blob(task.Spec.Model) is not { } file)
        {
            want(task.Spec.Model);
            return null;
        }
        using var model = TorchModel.Open(recipe, file);
        RefuseTooLarge(model.Shapes);
        Keep(task, model.InitialParameters());
        return new(recipe, model.ParameterCount, file);
    }

    private void Keep(LearningTask task, int[] initial)
    {
        var blob = Parameters.Encode(initial);
        if (Digest.OfBlob(blob) != task.Spec.Parameters)
            throw new DataException("the recipe gives other initial parameters than the task names");
        if (!store.HasBlob(task.Spec.Parameters))
            store.PutBlob(blob);
    }

    /// <summary>The blob id of a built-in model: that of its TorchScript source.</summary>
    internal static Digest ModelId(Architecture architecture) =>
        Digest.OfBlob(Encoding.UTF8.GetBytes(architecture.Source));
}
