using Ledger.Learning.Data;

namespace Ledger.Learning.Models;

/// <summary>Text that a model continues: each character is drawn from softmax(logits / temperature) by a seed, and is
/// part of what the next one follows.</summary>
public static class Generation
{
    /// <summary>So many characters after the prompt. A temperature below 1 keeps to what is likely. The same seed gives
    /// the same text on the same machine: elsewhere floats may differ in the last bits.</summary>
    public static IEnumerable<string> Continue(
        TorchModel model, int[] parameters, string prompt, int length, double temperature, ulong seed)
    {
        var schema = model.Schema as TextSchema
            ?? throw new DataException("the task is not about text", "for rows take: ledger model predict FILE");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        return Draw(model, parameters, schema, prompt, length, temperature, new(seed));
    }

    private static IEnumerable<string> Draw(
        TorchModel model, int[] parameters, TextSchema schema, string text, int length, double temperature,
        SplitMix64 random)
    {
        for (var i = 0; i < length; i++)
        {
            var weights = Array.ConvertAll(
                Inference.Predict(model, parameters, schema.EncodeEnd(text)), p => Math.Pow(p, 1 / temperature));
            // What stands for unknown characters cannot be written.
            weights[0] = 0;
            var next = schema.Classes[Pick(weights, random.Next() / (double)ulong.MaxValue)];
            text = EndOf(text + next, schema.Window);
            yield return next;
        }
    }

    // A code point is two chars at most.
    private static string EndOf(string text, int window) => text[^Math.Min(text.Length, 2 * window)..];

    private static int Pick(double[] weights, double share)
    {
        var left = share * weights.Sum();
        for (var i = 0; i < weights.Length; i++)
            if ((left -= weights[i]) < 0)
                return i;
        return Array.IndexOf(weights, weights.Max());
    }
}
