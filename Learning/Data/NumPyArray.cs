using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Ledger.Learning.Data;

/// <summary>An array of numbers as <c>numpy.save</c> writes it: the values as they lie in the file, row-major,
/// little-endian. Format: NumPy's NEP 1, versions 1 to 3. Arrays of objects hold code and are refused.</summary>
internal sealed partial record NumPyArray(string Type, int[] Shape, byte[] Bytes)
{
    private const int LengthAt = 8;

    /// <summary>Bytes of the text before the values; NumPy itself reads 10,000.</summary>
    private const int HeaderBytesMax = 10_000;

    internal static NumPyArray Read(string name, Stream stream)
    {
        try
        {
            var start = new byte[LengthAt];
            stream.ReadExactly(start);
            if (start[0] != 0x93 || !start.AsSpan(1).StartsWith("NUMPY"u8) || start[6] is < 1 or > 3)
                throw new DataException($"{name}: not an array of NumPy", "write it with numpy.save or numpy.savez");
            var length = new byte[start[6] == 1 ? sizeof(ushort) : sizeof(uint)];
            stream.ReadExactly(length);
            var size = length.Length == sizeof(ushort)
                ? BinaryPrimitives.ReadUInt16LittleEndian(length)
                : BinaryPrimitives.ReadUInt32LittleEndian(length);
            if (size > HeaderBytesMax)
                throw new DataException($"{name}: a header of {size} bytes, the limit is {HeaderBytesMax}");
            var header = new byte[size];
            stream.ReadExactly(header);
            return Read(name, Encoding.ASCII.GetString(header), stream);
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            throw new DataException($"{name}: the file is damaged or cut short", "write it again", e);
        }
    }

    /// <summary>The value at a place of <see cref="Bytes"/>, in its shortest decimal form.</summary>
    internal string Text(int index)
    {
        var at = Bytes.AsSpan(index * SizeOf(Type));
        return Type switch
        {
            "|b1" or "|u1" => Written(at[0]),
            "|i1" => Written(unchecked((sbyte)at[0])),
            "<u2" => Written(MemoryMarshal.Read<ushort>(at)),
            "<i2" => Written(MemoryMarshal.Read<short>(at)),
            "<u4" => Written(MemoryMarshal.Read<uint>(at)),
            "<i4" => Written(MemoryMarshal.Read<int>(at)),
            "<u8" => Written(MemoryMarshal.Read<ulong>(at)),
            "<i8" => Written(MemoryMarshal.Read<long>(at)),
            "<f2" => Written(MemoryMarshal.Read<Half>(at)),
            "<f4" => Written(MemoryMarshal.Read<float>(at)),
            _ => Written(MemoryMarshal.Read<double>(at)),
        };
    }

    private static string Written(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    private static NumPyArray Read(string name, string header, Stream stream)
    {
        var (type, order, dimensions) = (TypeOf().Match(header), OrderOf().Match(header), ShapeOf().Match(header));
        if (!type.Success || !order.Success || !dimensions.Success)
            throw new DataException($"{name}: not an array of plain numbers", "one type for all, no named fields");
        if (order.Groups[1].Value == "True")
            throw new DataException(
                $"{name}: the array lies column by column", "write numpy.ascontiguousarray of it");
        if (SizeOf(type.Groups[1].Value) == 0)
            throw new DataException($"{name}: the array's type is '{type.Groups[1].Value}'",
                "take integers or floats in the byte order of this machine: array.astype('float32')");
        int[] shape = [.. dimensions.Groups[1].Value
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(text => int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : -1)];
        var bytes = new byte[CheckedSize(name, shape, SizeOf(type.Groups[1].Value))];
        stream.ReadExactly(bytes);
        return stream.ReadByte() < 0
            ? new(type.Groups[1].Value, shape, bytes)
            : throw new DataException($"{name}: bytes behind the last value");
    }

    private static int CheckedSize(string name, int[] shape, int size)
    {
        var bytes = shape.All(each => each >= 0)
            ? shape.Aggregate((double)size, (product, each) => product * each)
            : -1;
        return shape.Length > 0 && bytes >= 0 && bytes <= Array.MaxLength
            ? (int)bytes
            : throw new DataException($"{name}: an array of ({string.Join(", ", shape)}) is out of bounds");
    }

    private static int SizeOf(string type) => type switch
    {
        "|b1" or "|u1" or "|i1" => 1,
        "<u2" or "<i2" or "<f2" => 2,
        "<u4" or "<i4" or "<f4" => 4,
        "<u8" or "<i8" or "<f8" => 8,
        _ => 0,
    };

    [GeneratedRegex(@"'descr': *'([^']*)'")]
    private static partial Regex TypeOf();

    [GeneratedRegex("'fortran_order': *(True|False)")]
    private static partial Regex OrderOf();

    [GeneratedRegex(@"'shape': *\(([0-9, ]*)\)")]
    private static partial Regex ShapeOf();
}
