using System.Security.Cryptography;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Recipes;
using Ledger.Learning.Torch;

namespace Ledger.Learning.Models;

/// <summary>A recipe's model, ready to train, to judge and to be exported; its parameters are arguments of each use.
/// One thread at a time may use it.</summary>
public sealed class TorchModel : IDisposable
{
    private readonly Recipe recipe;

    private TorchModel(TorchModule module, Recipe recipe)
    {
        Module = module;
        this.recipe = recipe;
        Shapes = module.Shapes();
        ParameterCount = ParameterShape.Total(Shapes);
        module.SetInput(recipe.Schema.InputShape);
    }

    /// <summary>Names and dimensions of the tensors, in the order of the flat parameters.</summary>
    public IReadOnlyList<ParameterShape> Shapes { get; }

    public int ParameterCount { get; }

    internal TorchModule Module { get; }

    internal Schema Schema => recipe.Schema;

    /// <summary>Builds a built-in model, or checks and loads the user's <paramref name="file"/> that the recipe
    /// names.</summary>
    public static TorchModel Open(Recipe recipe, byte[]? file = null)
    {
        if (recipe.Model.Name == ModelChoice.File)
            return new(LoadFile(recipe, file), recipe);
        var architecture = recipe.Model.ArchitectureFor(recipe.Schema);
        return new(TorchModule.Define(architecture.Source, architecture.Shapes), recipe);
    }

    /// <summary>The parameters of round 0 in Q7.24: from the recipe's seed, or those that the user's file
    /// holds.</summary>
    public int[] InitialParameters() => recipe.Model.Name == ModelChoice.File
        ? ParameterFloats.ToCanonical(Module.Read(ParameterCount))
        : UniformInitial.Parameters(recipe.Seed, Shapes);

    public void Dispose() => Module.Dispose();

    private static TorchModule LoadFile(Recipe recipe, byte[]? file)
    {
        if (file is null)
            throw new DataException("the task's model is a file",
                "pass the TorchScript file whose hash the recipe names");
        if (Convert.ToHexStringLower(SHA256.HashData(file)) != recipe.Model.FileHash)
            throw new DataException($"the model file is not the task's: its SHA-256 is not {recipe.Model.FileHash}");
        return ModelFile.Load("model", file);
    }
}
