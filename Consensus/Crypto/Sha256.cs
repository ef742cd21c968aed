using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Ledger.Consensus.Crypto;

/// <summary>
/// SHA-256 of small objects, by the direct functions of OpenSSL (SHA256_Init(3)). The interface that .NET calls looks
/// up and allocates the algorithm for each digest, which costs several times as much as a vote's hash itself.
/// </summary>
internal static unsafe partial class Sha256
{
    private const string Library = "libcrypto.so.3";

    // The collector waits for calls that are made without leaving managed code, so that they have to be short.
    private const int ShortMax = 4_096;

    private static readonly ConcurrentDictionary<string, State> Tags = new(StringComparer.Ordinal);

    internal static Digest Hash(ReadOnlySpan<byte> content)
    {
        State state;
        _ = SHA256_Init(&state);
        return Finish(&state, content);
    }

    /// <summary>
    /// SHA-256(SHA-256(tag) ‖ SHA-256(tag) ‖ content); the first block of each tag is hashed only once.
    /// </summary>
    internal static Digest HashTagged(string tag, ReadOnlySpan<byte> content)
    {
        var state = Tags.GetOrAdd(tag, Begin);
        return Finish(&state, content);
    }

    /// <summary>SHA-256(prefix ‖ content).</summary>
    internal static Digest HashPrefixed(byte prefix, ReadOnlySpan<byte> content)
    {
        State state;
        _ = SHA256_Init(&state);
        Update(&state, [prefix]);
        return Finish(&state, content);
    }

    private static State Begin(string tag)
    {
        var name = SHA256.HashData(Encoding.UTF8.GetBytes(tag));
        State state;
        _ = SHA256_Init(&state);
        Update(&state, name);
        Update(&state, name);
        return state;
    }

    private static void Update(State* state, ReadOnlySpan<byte> content)
    {
        fixed (byte* c = content)
            _ = SHA256_Update(state, c, (nuint)content.Length);
    }

    private static Digest Finish(State* state, ReadOnlySpan<byte> content)
    {
        for (; content.Length > ShortMax; content = content[ShortMax..])
            Update(state, content[..ShortMax]);
        Update(state, content);
        var hash = stackalloc byte[Digest.Size];
        _ = SHA256_Final(hash, state);
        return Digest.From(new(hash, Digest.Size));
    }

    [LibraryImport(Library)]
    [SuppressGCTransition]
    private static partial int SHA256_Init(State* state);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    private static partial int SHA256_Update(State* state, byte* data, nuint length);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    private static partial int SHA256_Final(byte* hash, State* state);

    // SHA256_CTX: eight words of state, two of length, a block of sixteen, and two counters.
    [InlineArray(28)]
    private struct State
    {
        private uint first;
    }
}
