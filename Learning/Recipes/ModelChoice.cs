using Ledger.Learning.Data;
using Ledger.Learning.Models;

namespace Ledger.Learning.Recipes;

/// <summary>A built-in model by name, or "file" with the SHA-256 (64 hex digits) of a user's TorchScript
/// file.</summary>
public sealed record ModelChoice(string Name, string? FileHash = null)
{
    public const string File = "file";

    /// <summary>Names of the built-in models of tables and images, and of those of text.</summary>
    public static readonly IReadOnlyList<string> OfRows = ["logistic-regression", "mlp", "2nn", "cnn"];
    public static readonly IReadOnlyList<string> OfText = ["transformer", "char-lstm"];

    /// <summary>Names of the built-in models.</summary>
    public static readonly IReadOnlyList<string> BuiltIn = [.. OfRows, .. OfText];

    /// <summary>The built-in model for a schema.</summary>
    public Architecture ArchitectureFor(Schema schema) => (Name, schema) switch
    {
        ("transformer", TextSchema text) => TextArchitecture.Transformer(text.Window, text.Outputs),
        ("char-lstm", TextSchema text) => TextArchitecture.CharLstm(text.Outputs),
        (_, TextSchema) when BuiltIn.Contains(Name) => throw new DataException(
            $"model '{Name}' cannot read text", $"for text take {string.Join(" or ", OfText)}"),
        _ when OfText.Contains(Name) => throw new DataException(
            $"model '{Name}' reads text", "for a table take 'mlp' or '2nn', for images 'cnn'"),
        ("logistic-regression", _) => Architecture.LogisticRegression(schema.Inputs, schema.Outputs),
        ("mlp", _) => Architecture.Mlp(schema.Inputs, schema.Outputs),
        ("2nn", _) => Architecture.TwoHidden(schema.Inputs, schema.Outputs),
        ("cnn", ImageSchema { Height: >= 4, Width: >= 4 } image)
            => Architecture.Cnn(image.Channels, image.Height, image.Width, image.Outputs),
        ("cnn", _)
            => throw new DataException("model 'cnn' needs images of at least 4 x 4", "for a table take 'mlp' or '2nn'"),
        _
            => throw new DataException($"no model '{Name}'",
                $"models are: {string.Join(", ", BuiltIn)}, or a TorchScript file"),
    };
}
