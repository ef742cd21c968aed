using System.Security.Cryptography;
using Ledger.Consensus.Crypto;
using Ledger.Learning.Data;
using Ledger.Learning.Torch;
using Ledger.Node.Storage;

namespace Ledger.Node.Cli.Doctor;

/// <summary>The native libraries that the node stands on: each is loaded and used, then named by the file that it came
/// from, since most of them do not know their own version.</summary>
internal static class LibraryCheck
{
    private const string HowToInstall = "sh .build/packages.sh";

    // A PNG file of one black pixel.
    private static readonly byte[] OnePixel = Convert.FromHexString(
        "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
        + "0000000a4944415478da6360000000020001e527defc0000000049454e44ae426082");

    internal static IEnumerable<Finding> All()
    {
        yield return Of("libsecp256k1", Sign);
        yield return Of("rocksdb", Open);
        yield return Of("libtorch", Ask);
        yield return Of("libpng", Decode);
    }

    /// <summary>Uses a library; <paramref name="use"/> says what came of it.</summary>
    internal static Finding Of(string library, Func<string> use)
    {
        try
        {
            return Finding.Ok(library, use());
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return Finding.Fail(library, e.Message, HowToInstall);
        }
        catch (MissingLibraryException e)
        {
            return Finding.Fail(library, $"{e.Message}; {e.Hint}", HowToInstall);
        }
    }

    private static string Sign()
    {
        using var key = SecretKey.From(SHA256.HashData([]))!;
        var message = default(Digest);
        return key.PublicKey.Verify(message, key.Sign(message))
            ? $"{FileOf("libsecp256k1")}, signs and verifies"
            : throw new InvalidOperationException("libsecp256k1 does not verify what it has signed");
    }

    private static string Open()
    {
        RocksDbApi.rocksdb_writebatch_destroy(RocksDbApi.rocksdb_writebatch_create());
        return $"{FileOf("librocksdb")}, answers";
    }

    private static string Ask()
    {
        var torch = TorchLibrary.Load();
        return $"{torch.Version} with {string.Join(' ', torch.Blas.Split(' ').Take(2))}; a trainer uses "
            + $"{torch.Threads} thread of it and {torch.BlasThreads} of its BLAS, by design";
    }

    private static string Decode() => Png.Read("one grey pixel", OnePixel) is { Pixels: [_] }
        ? $"{FileOf("libpng")}, reads an image"
        : throw new InvalidOperationException("libpng does not read an image of one pixel");

    // The path behind the symbolic links, of which the file name ends with the version.
    private static string FileOf(string library) =>
        !OperatingSystem.IsLinux() ? library
        : File.ReadLines("/proc/self/maps").Select(line => Path.GetFileName(line.Split(' ')[^1]))
            .FirstOrDefault(file => file.StartsWith(library, StringComparison.Ordinal)) ?? library;
}
