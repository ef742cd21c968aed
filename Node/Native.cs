using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ledger.Node;

/// <summary>
/// Finds the native libraries that the node stands on. Debian's development packages provide the unversioned name,
/// its run-time packages only the versioned ones, so both are tried; what is missing is named by its package.
/// </summary>
internal static class Native
{
    private static readonly NativeLibraryNames[] Known =
    [
        new("rocksdb", "librocksdb-dev", ["librocksdb.so", "librocksdb.so.7.8", "librocksdb.so.7"]),
    ];

    // mallopt(3) of glibc, which other libraries do not have: each thread would get an arena of its own, up to eight
    // for each core, and what RocksDB's and libtorch's threads free in theirs stays there.
    private const int ArenaMax = -8, Arenas = 2;

    [ModuleInitializer]
    internal static void Register()
    {
        NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, (name, _, _) => Resolve(name));
        if (NativeLibrary.TryLoad("libc.so.6", out var libc)
            && NativeLibrary.TryGetExport(libc, "mallopt", out var mallopt))
            BoundArenas(mallopt);
    }

    private static unsafe void BoundArenas(nint mallopt) =>
        _ = ((delegate* unmanaged<int, int, int>)mallopt)(ArenaMax, Arenas);

    /// <summary>Loads the first of the library's file names that the system knows.</summary>
    internal static nint Load(NativeLibraryNames library)
    {
        foreach (var file in library.Files)
            if (NativeLibrary.TryLoad(file, out var handle))
                return handle;
        throw new DllNotFoundException(
            $"the library '{library.Files[0]}' is missing: install the Debian package '{library.Package}'");
    }

    // Zero hands the name back to the runtime: libc and the like need no help.
    private static nint Resolve(string name) =>
        Array.Find(Known, library => library.Name == name) is { } library ? Load(library) : 0;
}

/// <summary>A native library: the name in <c>[LibraryImport]</c>, Debian's package, the file names to try.</summary>
internal sealed record NativeLibraryNames(string Name, string Package, string[] Files);
