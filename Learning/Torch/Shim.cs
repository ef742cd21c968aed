using System.Reflection;
using System.Runtime.InteropServices;

namespace Ledger.Learning.Torch;

/// <summary>The functions of shim.cpp, and how its library is found: beside the assemblies of the program.</summary>
internal static unsafe partial class Shim
{
    private const string Library = "ledger_torch";

    static Shim() => NativeLibrary.SetDllImportResolver(typeof(Shim).Assembly, Resolve);

    /// <summary>Throws with what libtorch said when a call has failed.</summary>
    internal static void Check(int code)
    {
        if (code != 0)
            throw new TorchException(LastError());
    }

    internal static string Text(byte* text)
        => Marshal.PtrToStringUTF8((nint)text) ?? throw new TorchException(LastError());

    [LibraryImport(Library)]
    internal static partial byte* ledger_torch_about();

    [LibraryImport(Library)]
    internal static partial int ledger_module_define(
        byte* source, int count, byte** names, int* shapes, out nint module);

    [LibraryImport(Library)]
    internal static partial int ledger_module_load(byte* bytes, long length, out nint module);

    [LibraryImport(Library)]
    internal static partial void ledger_module_free(nint module);

    [LibraryImport(Library)]
    internal static partial byte* ledger_module_operators(nint module);

    [LibraryImport(Library)]
    internal static partial byte* ledger_module_shapes(nint module);

    [LibraryImport(Library)]
    internal static partial int ledger_module_set_input(nint module, int rank, int* dimensions);

    [LibraryImport(Library)]
    internal static partial int ledger_module_read(nint module, float* target);

    [LibraryImport(Library)]
    internal static partial int ledger_train_begin(nint module, int* canonical, ulong seed, float* drift);

    [LibraryImport(Library)]
    internal static partial int ledger_train_epoch(
        nint module, float* features, int* labels, long rows, in Descent descent, int* stop, long leastSteps,
        out long steps, out double meanLoss);

    [LibraryImport(Library)]
    internal static partial int ledger_predict(
        nint module, int* canonical, float* features, long rows, long outputs, int areClasses,
        float* target);

    [LibraryImport(Library)]
    internal static partial int ledger_module_save(
        nint module, int* canonical, byte* extraName, byte* extraText, out byte* bytes, out long length);

    [LibraryImport(Library)]
    private static partial byte* ledger_torch_error();

    // libtorch adds the TorchScript stack below the reason; the first line says what is wrong.
    private static string LastError()
    {
        var text = Marshal.PtrToStringUTF8((nint)ledger_torch_error()) ?? "";
        var lines = text.Split('\n', StringSplitOptions.TrimEntries);
        return Array.FindLast(lines, line => line.StartsWith("RuntimeError: ", StringComparison.Ordinal)) ?? lines[0];
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
            return 0;
        try
        {
            return NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, "libledger_torch.so"));
        }
        catch (DllNotFoundException e)
        {
            // The last line is what the loader of the system said, such as which library it did not find.
            var reason = e.Message
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)[^1];
            throw new MissingLibraryException(
                $"cannot load libtorch: {reason}",
                "install the Debian packages libtorch1.13 libopenblas0-pthread", e);
        }
    }
}
