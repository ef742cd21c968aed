using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Recipes;
using Ledger.Learning.Torch;

namespace Ledger.Learning.Models;

/// <summary>A user's own model, a TorchScript file: hostile until its size, parameters and operators are
/// checked.</summary>
public static class ModelFile
{
    private const string HowToMake = "make one in PyTorch with torch.jit.script(model).save(\"model.pt\")";

    /// <summary>Checks a file for use under a schema, runs it once on a row of zeros, and returns its shapes.</summary>
    public static IReadOnlyList<ParameterShape> Check(string name, byte[] file, Schema schema)
    {
        using var module = Load(name, file);
        var shapes = module.Shapes();
        module.SetInput(schema.InputShape);
        var parameters = ParameterFloats.ToCanonical(module.Read(ParameterShape.Total(shapes)));
        try
        {
            Inference.Probabilities(module, parameters, new float[schema.Inputs], schema);
        }
        catch (TorchException e)
        {
            throw new DataException(
                $"{name}: the model does not run on the data: {e.Message}",
                $"forward takes float [n, {string.Join(", ", schema.InputShape)}], "
                + $"gives {(schema.Target is null ? "logits" : "a number")} [n, {schema.Outputs}]", e);
        }

        return shapes;
    }

    /// <summary>The choice that names this file in a recipe.</summary>
    public static ModelChoice Choice(byte[] file)
        => new(ModelChoice.File, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file)));

    internal static TorchModule Load(string name, byte[] file)
    {
        if (file.Length > Limits.ModelFileBytes)
            throw new DataException($"{name}: {file.Length} bytes, the limit is {Limits.ModelFileBytes}");
        var module = LoadArchive(name, file);
        try
        {
            RequirePureOperators(name, module);
            RequireParameters(name, module);
        }
        catch (DataException)
        {
            module.Dispose();
            throw;
        }

        return module;
    }

    private static TorchModule LoadArchive(string name, byte[] file)
    {
        // A TorchScript archive is a zip; other bytes would reach older loaders of libtorch.
        if (!file.AsSpan().StartsWith("PK\u0003\u0004"u8))
            throw new DataException($"{name} is not a TorchScript file: it is not an archive", HowToMake);
        try
        {
            return TorchModule.Load(file);
        }
        catch (TorchException e) when (e.Message.Contains("is not allowed", StringComparison.Ordinal)
            || e.Message.Contains("only parameters are aggregated", StringComparison.Ordinal)
            || e.Message.Contains("is not float32", StringComparison.Ordinal))
        {
            throw new DataException($"{name}: {e.Message}",
                "models of parameters and pure tensor operators are allowed", e);
        }
        catch (TorchException e)
        {
            throw new DataException($"{name} is not a TorchScript file, or it is damaged: {e.Message}", HowToMake, e);
        }
    }

    private static void RequirePureOperators(string name, TorchModule module)
    {
        if (Operators.FirstRefused(module.OperatorNames()) is { } refused)
            throw new DataException(
                $"{name}: operator {refused} is not allowed",
                "only pure functions of tensors and numbers may run at every peer");
    }

    private static void RequireParameters(string name, TorchModule module)
    {
        var shapes = module.Shapes();
        var total = shapes.Sum(shape => shape.Dimensions.Aggregate(1.0, (product, dimension) => product * dimension));
        if (total is < 1 or > Limits.Parameters || shapes.Length > Limits.Tensors)
            throw new DataException(
                $"{name}: {total} parameters in {shapes.Length} tensors, "
                + $"from 1 to {Limits.Parameters} in {Limits.Tensors} are allowed",
                "those with requires_grad = False are frozen and do not count");
    }
}
