using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ledger.Consensus.Crypto;

/// <summary>
/// The functions of libsecp256k1 (bitcoin-core/secp256k1, include/secp256k1*.h) that we stand on, and nothing else.
/// Unsafe, like <see cref="Sha256"/> and no other file of this project. All of them are pure: bytes in, bytes out.
/// </summary>
internal static unsafe partial class Secp256k1
{
    private const string Library = "secp256k1";
    private const uint ContextNone = 1;
    private const uint CompressedFlag = 258;
    private const int OpaqueBytes = 64;

    /// <summary>Length of a key pair in bytes, in the library's own form.</summary>
    internal const int KeyPairBytes = 96;

    private static nint context;

    // Not a static initialiser: what it throws would arrive wrapped, and the person would not see what is missing.
    private static nint Context => context != 0 ? context : context = secp256k1_context_create(ContextNone);

    /// <summary>Replaces a secret key by its negation, which has the same x-only public key.</summary>
    internal static void Negate(Span<byte> secret)
    {
        fixed (byte* s = secret)
            _ = secp256k1_ec_seckey_negate(Context, s);
    }

    /// <summary>The secret key with its public key, as signing needs them; as secret as the key itself.</summary>
    internal static bool TryKeyPair(ReadOnlySpan<byte> secret, Span<byte> pair96)
    {
        fixed (byte* s = secret, p = pair96)
            return secp256k1_keypair_create(Context, p, s) == 1;
    }

    /// <summary>
    /// A BIP 340 signature of a 32-byte message; <paramref name="auxiliary"/> is the BIP's auxiliary randomness.
    /// </summary>
    internal static bool TrySign(
        ReadOnlySpan<byte> pair96, ReadOnlySpan<byte> message32, ReadOnlySpan<byte> auxiliary, Span<byte> signature64)
    {
        fixed (byte* p = pair96, m = message32, a = auxiliary, o = signature64)
            return secp256k1_schnorrsig_sign32(Context, o, m, p, a) == 1;
    }

    /// <summary>Verifies a BIP 340 signature of a message of any length.</summary>
    internal static bool Verify(
        ReadOnlySpan<byte> publicKey32, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature64)
    {
        byte* opaque = stackalloc byte[OpaqueBytes];
        fixed (byte* p = publicKey32, m = message, s = signature64)
            return secp256k1_xonly_pubkey_parse(Context, opaque, p) == 1
                && secp256k1_schnorrsig_verify(Context, s, m, (nuint)message.Length, opaque) == 1;
    }

    /// <summary>The 33-byte compressed public key of a secret key.</summary>
    internal static bool TryCompressedKey(ReadOnlySpan<byte> secret, Span<byte> compressed33)
    {
        byte* opaque = stackalloc byte[OpaqueBytes];
        var length = (nuint)compressed33.Length;
        fixed (byte* s = secret, c = compressed33)
            return secp256k1_ec_pubkey_create(Context, opaque, s) == 1
                && secp256k1_ec_pubkey_serialize(Context, c, &length, opaque, CompressedFlag) == 1;
    }

    /// <summary>SHA-256 of the compressed shared point: the library's default, and that of Lightning BOLT 8.</summary>
    internal static bool TryEcdh(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> compressed33, Span<byte> shared32)
    {
        byte* opaque = stackalloc byte[OpaqueBytes];
        fixed (byte* s = secret, c = compressed33, o = shared32)
            return secp256k1_ec_pubkey_parse(Context, opaque, c, (nuint)compressed33.Length) == 1
                && secp256k1_ecdh(Context, o, opaque, s, null, null) == 1;
    }

    [SuppressMessage("Usage", "CA2255", Justification = "the only way to be there before the first native call")]
    [ModuleInitializer]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(Secp256k1).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
            return 0;
        string[] candidates = ["libsecp256k1.so", "libsecp256k1.so.1", "libsecp256k1.so.2", "libsecp256k1.so.0"];
        foreach (var candidate in candidates)
            if (NativeLibrary.TryLoad(candidate, out var handle))
                return handle;
        throw new DllNotFoundException(
            "the library 'libsecp256k1.so' is missing: install the Debian package 'libsecp256k1-dev'");
    }

    [LibraryImport(Library)]
    private static partial nint secp256k1_context_create(uint flags);

    [LibraryImport(Library)]
    private static partial int secp256k1_keypair_create(nint context, byte* pair, byte* secret);

    [LibraryImport(Library)]
    private static partial int secp256k1_ec_seckey_negate(nint context, byte* secret);

    [LibraryImport(Library)]
    private static partial int secp256k1_xonly_pubkey_parse(nint context, byte* publicKey, byte* input32);

    [LibraryImport(Library)]
    private static partial int secp256k1_schnorrsig_sign32(
        nint context, byte* sig64, byte* msg32, byte* pair, byte* aux32);

    [LibraryImport(Library)]
    private static partial int secp256k1_schnorrsig_verify(
        nint context, byte* sig64, byte* msg, nuint length, byte* key);

    [LibraryImport(Library)]
    private static partial int secp256k1_ec_pubkey_create(nint context, byte* publicKey, byte* secret);

    [LibraryImport(Library)]
    private static partial int secp256k1_ec_pubkey_parse(nint context, byte* publicKey, byte* input, nuint length);

    [LibraryImport(Library)]
    private static partial int secp256k1_ec_pubkey_serialize(
        nint context, byte* output, nuint* length, byte* publicKey, uint flags);

    [LibraryImport(Library)]
    private static partial int secp256k1_ecdh(
        nint context, byte* output, byte* publicKey, byte* secret, void* hash, void* data);
}
