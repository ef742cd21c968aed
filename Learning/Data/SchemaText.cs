using System.Text;
using System.Text.Json;
using Ledger.Learning.Json;

namespace Ledger.Learning.Data;

/// <summary>A schema as JSON: members in a fixed order, numbers in their shortest form.</summary>
internal static class SchemaText
{
    private const double Largest = 1e30;
    private const double Smallest = 1e-30;

    internal static string Write(Schema schema)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            Write(json, schema);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    internal static void Write(Utf8JsonWriter json, Schema schema)
    {
        json.WriteStartObject();
        switch (schema)
        {
            case ImageSchema image:
                WriteImage(json, image);
                break;
            case TextSchema text:
                WriteText(json, text);
                break;
            default:
                WriteTable(json, (TableSchema)schema);
                break;
        }
        if (schema.Target is null)
            WriteTexts(json, "classes", schema.Classes);
        json.WriteEndObject();
    }

    internal static Schema Read(Fields fields, Faults faults)
    {
        Schema schema = fields.OneOf("kind", "table", "image", "text") switch
        {
            "image" => ReadImage(fields),
            "text" => ReadText(fields),
            _ => ReadTable(fields, faults),
        };
        if (schema.Classes.Length == 1)
            fields.Fault("classes", "has one class, at least two are needed");
        if (schema.Inputs > Limits.Inputs)
            fields.Fault("columns", $"make {schema.Inputs} inputs, the limit is {Limits.Inputs}");
        fields.RejectUnknown();
        return schema;
    }

    private static void WriteImage(Utf8JsonWriter json, ImageSchema schema)
    {
        json.WriteString("kind", "image");
        if (schema.Channels > 1)
            json.WriteNumber("channels", schema.Channels);
        json.WriteNumber("height", schema.Height);
        json.WriteNumber("width", schema.Width);
        json.WriteNumber("mean", schema.Mean);
        json.WriteNumber("deviation", schema.Deviation);
    }

    private static void WriteText(Utf8JsonWriter json, TextSchema schema)
    {
        json.WriteString("kind", "text");
        json.WriteNumber("window", schema.Window);
    }

    private static void WriteTable(Utf8JsonWriter json, TableSchema schema)
    {
        json.WriteString("kind", "table");
        json.WriteStartArray("columns");
        foreach (var column in schema.Columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            WriteColumn(json, column);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("label", schema.Label);
        if (schema.Target is { } target)
        {
            json.WriteStartObject("target");
            WriteColumn(json, target);
            json.WriteEndObject();
        }
    }

    private static void WriteColumn(Utf8JsonWriter json, Column column)
    {
        if (column is CategoricalColumn categorical)
        {
            WriteTexts(json, "values", categorical.Values);
            return;
        }

        var numeric = (NumericColumn)column;
        json.WriteNumber("mean", numeric.Mean);
        json.WriteNumber("deviation", numeric.Deviation);
        if (numeric.HasMissing)
            json.WriteBoolean("missing", true);
    }

    private static void WriteTexts(Utf8JsonWriter json, string key, string[] texts)
    {
        json.WriteStartArray(key);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static ImageSchema ReadImage(Fields fields) => new(
        fields.Integer("height", 1, Limits.ImageSide),
        fields.Integer("width", 1, Limits.ImageSide),
        (float)fields.Number("mean", 0, 1),
        (float)fields.Number("deviation", Smallest, 1),
        fields.Texts("classes", Limits.Classes),
        fields.Has("channels") ? fields.Integer("channels", 1, Images.Colours) : 1);

    private static TextSchema ReadText(Fields fields) => new(
        fields.Integer("window", 1, Limits.TextWindow), fields.Texts("classes", Limits.Classes));

    private static TableSchema ReadTable(Fields fields, Faults faults)
    {
        var columns = fields.Elements("columns", Limits.Columns)
            .Select((json, i) => ReadColumn(new Fields(json, $"schema.columns[{i}]", faults))).ToArray();
        if (columns.Select(column => column.Name).Distinct().Count() != columns.Length)
            fields.Fault("columns", "have a name twice");
        var label = fields.Text("label");
        return fields.Has("target")
            ? new(columns, label, [], ReadTarget(fields.Object("target"), label))
            : new(columns, label, fields.Texts("classes", Limits.Classes));
    }

    private static NumericColumn ReadTarget(Fields fields, string label)
    {
        var target = ReadNumeric(fields, label, hasMissing: false);
        fields.RejectUnknown();
        return target;
    }

    private static Column ReadColumn(Fields fields)
    {
        var name = fields.Text("name");
        Column column = fields.Has("values")
            ? new CategoricalColumn(name, fields.Texts("values", Limits.Categories))
            : ReadNumeric(fields, name, fields.Flag("missing"));
        fields.RejectUnknown();
        return column;
    }

    private static NumericColumn ReadNumeric(Fields fields, string name, bool hasMissing) => new(
        name, (float)fields.Number("mean", -Largest, Largest),
        (float)fields.Number("deviation", Smallest, Largest), hasMissing);
}
