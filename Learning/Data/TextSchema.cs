using System.Text;

namespace Ledger.Learning.Data;

/// <summary>
/// Text for the prediction of its next character (McMahan et al., 2017; rows as in LEAF: Caldas et al., 2018): a row is
/// <see cref="Window"/> characters, and its label the one that follows. Rows do not overlap. Class 0 stands for every
/// character that the task does not know.
/// </summary>
public sealed record TextSchema(int Window, string[] Classes) : Schema(Classes)
{
    /// <summary>Characters that a model sees at once, as in both papers.</summary>
    public const int UsualWindow = 80;

    /// <summary>What stands for a character outside the task's alphabet.</summary>
    public const string Unknown = "\uFFFD";

    // As many as one byte tells apart; Chinese or emoji keep their most frequent ones.
    private const int AlphabetMax = 255;

    // What a text that is too short for a row is thought to follow on.
    private const string Padding = "\n";

    private readonly Dictionary<string, int> codes =
        Classes.Select((character, code) => (character, code)).ToDictionary(each => each.character, each => each.code);

    public override int Inputs => Window;

    public override int[] InputShape => [Window];

    /// <summary>The most frequent characters of some texts, in the order of their code points.</summary>
    public static TextSchema Infer(IReadOnlyList<Text> texts)
    {
        foreach (var text in texts)
            RequireRow(text, UsualWindow);
        var alphabet = texts.SelectMany(text => text.Characters).CountBy(character => character)
            .Where(counted => counted.Key != Rune.ReplacementChar)
            .OrderByDescending(counted => counted.Value).ThenBy(counted => counted.Key).Take(AlphabetMax)
            .Select(counted => counted.Key).Order().Select(character => character.ToString());
        return new(UsualWindow, [Unknown, .. alphabet]);
    }

    public override Dataset Encode(Source source)
    {
        if (source is not Text text)
            throw new DataException($"{source.Name}: not a text, and the task is about text", "give a file.txt");
        RequireRow(text, Window);
        var rows = RowsOf(text.Characters.Length, Window);
        var all = Array.ConvertAll(text.Characters, CodeOf);
        return new(
            [.. all.Take(rows * Window).Select(code => (float)code)],
            [.. Enumerable.Range(1, rows).Select(row => all[row * Window])], Window);
    }

    /// <summary>The row that ends with <paramref name="text"/>, of which the last characters count.</summary>
    public float[] EncodeEnd(string text)
    {
        var end = text.EnumerateRunes().TakeLast(Window).Select(CodeOf).ToArray();
        var padding = codes.GetValueOrDefault(Padding);
        return [.. Enumerable.Repeat(padding, Window - end.Length).Concat(end).Select(code => (float)code)];
    }

    public bool Equals(TextSchema? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    internal static int RowsOf(int characters, int window) => Math.Max(0, characters - 1) / window;

    private int CodeOf(Rune character) => codes.GetValueOrDefault(character.ToString());

    private static void RequireRow(Text text, int window)
    {
        if (RowsOf(text.Characters.Length, window) == 0)
            throw new DataException(
                $"{text.Name}: {text.Characters.Length} characters, a row is {window} and the one after them",
                "give a longer text");
    }
}
