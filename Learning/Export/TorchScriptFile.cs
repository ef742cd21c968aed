using Ledger.Learning.Models;

namespace Ledger.Learning.Export;

/// <summary>Writes a model with its parameters as a TorchScript file for torch.jit.load. Its forward wants
/// standardised rows; the schema that standardises them is inside as the extra file "schema.json".</summary>
public static class TorchScriptFile
{
    public const string SchemaName = "schema.json";

    public static byte[] Write(TorchModel model, int[] parameters)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, model.ParameterCount, nameof(parameters));
        return model.Module.Save(parameters, SchemaName, model.Schema.ToString());
    }
}
