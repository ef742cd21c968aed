using System.Security.Cryptography;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Learning;

namespace Ledger.Node.Training;

/// <summary>
/// Shards as they lie on the disk: AES-256-GCM (NIST SP 800-38D) under a key derived from the node's, bound to their
/// task. File: "LSE1", nonce (12 bytes), tag (16), then encrypted [source, terms, shard] as the chain encodes arrays.
/// </summary>
internal sealed class ShardCipher(SecretKey node)
{
    private const int NonceAt = 4, NonceSize = 12, TagAt = NonceAt + NonceSize, TagSize = 16;
    private const int BodyAt = TagAt + TagSize;

    private const int Parts = 3;

    private readonly byte[] key = HKDF.DeriveKey(
        HashAlgorithmName.SHA256, node.Export(), outputLength: 32, info: "ledger/shard-file"u8.ToArray());

    private static ReadOnlySpan<byte> Magic => "LSE1"u8;

    /// <summary>What only the owner of the key can guess, the same at each start.</summary>
    internal Digest SaltOf(Digest task, byte[] root) =>
        Digest.From(HMACSHA256.HashData(key, (byte[])[.. "manifest"u8, .. task.ToArray(), .. root]));

    internal byte[] Seal(Digest task, ShardOrigin origin, byte[] shard)
    {
        var plain = new Writer().Array(Parts).Text(origin.Source).Text(origin.Terms).Bytes(shard).ToArray();
        var file = new byte[BodyAt + plain.Length];
        Magic.CopyTo(file);
        var nonce = file.AsSpan(NonceAt, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(nonce, plain, file.AsSpan(BodyAt), file.AsSpan(TagAt, TagSize), task.ToArray());
        CryptographicOperations.ZeroMemory(plain);
        return file;
    }

    /// <summary>Throws <see cref="DataException"/> where the file is damaged, of another task or of another
    /// key.</summary>
    internal (ShardOrigin Origin, byte[] Shard) Open(Digest task, byte[] file, string name)
    {
        if (file.Length < BodyAt || !file.AsSpan().StartsWith(Magic))
            throw new DataException($"{name}: this is no shard file of this version");
        var plain = new byte[file.Length - BodyAt];
        try
        {
            using var aes = new AesGcm(key, TagSize);
            aes.Decrypt(
                file.AsSpan(NonceAt, NonceSize), file.AsSpan(BodyAt), file.AsSpan(TagAt, TagSize), plain,
                task.ToArray());
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new DataException($"{name}: the shard is damaged, or was written with another key", null, e);
        }
        var reader = new Reader(plain);
        reader.Array(Parts);
        var origin = new ShardOrigin(reader.Text(plain.Length), reader.Text(plain.Length));
        var shard = reader.Bytes(plain.Length).ToArray();
        return reader.Finished ? (origin, shard) : throw new DataException($"{name}: the shard is damaged");
    }
}
