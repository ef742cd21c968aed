using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Ledger.Learning.Aggregation;

namespace Ledger.Learning.Torch;

/// <summary>Owns one native module. One thread at a time may use it.</summary>
internal sealed unsafe class TorchModule : SafeHandle
{
    private TorchModule(nint native)
        : base(0, ownsHandle: true) => SetHandle(native);

    public override bool IsInvalid => handle == 0;

    internal nint Native => !IsClosed ? handle : throw new ObjectDisposedException(nameof(TorchModule));

    /// <summary>Compiles TorchScript source whose parameters have the given shapes.</summary>
    internal static TorchModule Define(string source, IReadOnlyList<ParameterShape> shapes)
    {
        var names = shapes.Select(shape => Marshal.StringToCoTaskMemUTF8(shape.Name)).ToArray();
        try
        {
            int[] flat = [.. shapes.SelectMany(shape => (int[])[shape.Dimensions.Length, .. shape.Dimensions])];
            fixed (byte* text = Terminated(source + '\n'))
            fixed (nint* name = names)
            fixed (int* shape = flat)
            {
                Shim.Check(Shim.ledger_module_define(text, names.Length, (byte**)name, shape, out var native));
                return new(native);
            }
        }
        finally
        {
            foreach (var name in names)
                Marshal.FreeCoTaskMem(name);
        }
    }

    /// <summary>Loads the bytes of a TorchScript file; its operators are not yet checked.</summary>
    internal static TorchModule Load(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            Shim.Check(Shim.ledger_module_load(first, bytes.Length, out var native));
            return new(native);
        }
    }

    internal string[] OperatorNames()
        => Shim.Text(Shim.ledger_module_operators(Native)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    internal ParameterShape[] Shapes() => [.. Shim.Text(Shim.ledger_module_shapes(Native))
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' '))
        .Select(words => new ParameterShape(
            words[0], [.. words.Skip(1).Select(word => int.Parse(word, CultureInfo.InvariantCulture))]))];

    internal void SetInput(int[] rowShape)
    {
        fixed (int* first = rowShape)
            Shim.Check(Shim.ledger_module_set_input(Native, rowShape.Length, first));
    }

    internal float[] Read(int count)
    {
        var parameters = new float[count];
        fixed (float* first = parameters)
            Shim.Check(Shim.ledger_module_read(Native, first));
        return parameters;
    }

    internal byte[] Save(int[] canonical, string extraName, string extraText)
    {
        fixed (int* parameters = canonical)
        fixed (byte* name = Terminated(extraName), text = Terminated(extraText))
        {
            Shim.Check(Shim.ledger_module_save(Native, parameters, name, text, out var bytes, out var length));
            return new ReadOnlySpan<byte>(bytes, checked((int)length)).ToArray();
        }
    }

    protected override bool ReleaseHandle()
    {
        Shim.ledger_module_free(handle);
        return true;
    }

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + '\0');
}
