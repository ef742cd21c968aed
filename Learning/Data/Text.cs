using System.Text;

namespace Ledger.Learning.Data;

/// <summary>Plain text in UTF-8, as code points.</summary>
public sealed record Text(string Name, Rune[] Characters) : Source(Name)
{
    /// <summary>Of the usual window.</summary>
    public override int Rows => TextSchema.RowsOf(Characters.Length, TextSchema.UsualWindow);

    internal static bool IsText(string path) =>
        path.EndsWith(".txt", StringComparison.Ordinal) || path.EndsWith(".txt.gz", StringComparison.Ordinal);

    /// <summary>Reads a whole file; \r\n counts as \n.</summary>
    public static Text Read(string name, Stream stream)
    {
        try
        {
            using var reader = new StreamReader(
                stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true),
                detectEncodingFromByteOrderMarks: false, leaveOpen: true);
            var text = reader.ReadToEnd().TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal);
            return new(name, [.. text.EnumerateRunes()]);
        }
        catch (DecoderFallbackException e)
        {
            throw new DataException($"{name}: not text in UTF-8", "save it as UTF-8", e);
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"{name}: the file is damaged or cut short", "fetch it again", e);
        }
    }
}
