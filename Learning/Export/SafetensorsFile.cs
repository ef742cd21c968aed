using System.Buffers.Binary;
using System.Text.Json;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Models;

namespace Ledger.Learning.Export;

/// <summary>Writes parameters as .safetensors: u64 little-endian length of a JSON header, the header, then raw float32.
/// Format: https://github.com/huggingface/safetensors. The values expect inputs standardised by the schema, so a schema
/// belongs into the metadata.</summary>
public static class SafetensorsFile
{
    // The format lets a header be padded with spaces; tensors then start at a multiple of 8.
    private const int Alignment = 8;

    public static void Write(
        Stream stream, IReadOnlyList<ParameterShape> shapes, int[] parameters,
        IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(
            parameters.Length, ParameterShape.Total(shapes), nameof(parameters));
        var header = Header(shapes, metadata);
        var padded = (header.Length + Alignment - 1) / Alignment * Alignment;
        var prefix = new byte[sizeof(ulong) + padded];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, padded);
        header.CopyTo(prefix, sizeof(ulong));
        prefix.AsSpan(sizeof(ulong) + header.Length).Fill((byte)' ');
        stream.Write(prefix);

        var body = new byte[parameters.Length * sizeof(float)];
        FloatBytes.Write(ParameterFloats.FromCanonical(parameters), body);
        stream.Write(body);
    }

    private static byte[] Header(IReadOnlyList<ParameterShape> shapes, IReadOnlyDictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach (var (key, value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                json.WriteString(key, value);
            json.WriteEndObject();
            var offset = 0L;
            foreach (var shape in shapes)
                offset = WriteTensor(json, shape, offset);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static long WriteTensor(Utf8JsonWriter json, ParameterShape shape, long offset)
    {
        var end = offset + (long)shape.Count * sizeof(float);
        json.WriteStartObject(shape.Name);
        json.WriteString("dtype", "F32");
        json.WriteStartArray("shape");
        foreach (var dimension in shape.Dimensions)
            json.WriteNumberValue(dimension);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
        return end;
    }
}
