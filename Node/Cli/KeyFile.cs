using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Node.Host;
using Ledger.Node.Http;
using Ledger.Node.Storage;

namespace Ledger.Node.Cli;

/// <summary>
/// A secret key at rest: JSON that only its owner may read. Under a passphrase the secret is AES-256-GCM ciphertext,
/// its key PBKDF2-SHA256 of the passphrase; address and peer id stay readable, and are authenticated with it.
/// </summary>
internal sealed record KeyFile
{
    // OWASP's recommendation for PBKDF2-HMAC-SHA256 (2023).
    private const int Iterations = 600_000;
    private const int IterationsMax = 100_000_000;
    private const int SaltSize = 16, NonceSize = 12, TagSize = 16, CipherKeySize = 32;

    public required string Address { get; init; }

    public required string Peer { get; init; }

    /// <summary>The secret in hexadecimal where there is no passphrase.</summary>
    public string? Secret { get; init; }

    public Sealed? Encrypted { get; init; }

    /// <summary>What decryption needs besides the passphrase.</summary>
    internal sealed record Sealed(int Iterations, byte[] Salt, byte[] Nonce, byte[] Ciphertext, byte[] Tag);

    /// <summary>The file's content for a key; without a passphrase the secret is readable.</summary>
    internal static KeyFile Of(SecretKey key, string? passphrase)
    {
        var file = new KeyFile
        {
            Address = new Address(key.PublicKey).ToString(),
            Peer = PeerOf(key).ToString(),
        };
        var secret = key.Export();
        var closed = passphrase is null
            ? file with { Secret = Convert.ToHexStringLower(secret) }
            : file with { Encrypted = file.Encrypt(secret, passphrase) };
        CryptographicOperations.ZeroMemory(secret);
        return closed;
    }

    /// <summary>The id under which peers know a node with this key.</summary>
    internal static PeerId PeerOf(SecretKey key)
    {
        using var transport = key.Derive(NodeOptions.TransportPurpose);
        return new(transport.PublicKey);
    }

    internal static KeyFile Read(string path)
    {
        if (!File.Exists(path))
            throw new OperatorException(
                $"there is no key in '{System.IO.Path.GetDirectoryName(path)}'",
                "make one with: ledger keys new --home DIR, or try a public one with: --dev 0");
        try
        {
            return JsonSerializer.Deserialize<KeyFile>(File.ReadAllText(path), ViewJson.Options)
                ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw Damaged(path);
        }
    }

    /// <summary>Writes a new file; an existing one is never touched.</summary>
    internal void WriteNew(string path)
    {
        try
        {
            using var stream = OwnerOnly.CreateFile(path);
            stream.Write(Encoding.UTF8.GetBytes(ViewJson.Write(this) + "\n"));
            stream.Flush(flushToDisk: true);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new OperatorException(
                $"there is a key already: '{path}'",
                "a key is never overwritten; take another --home, or move the file");
        }
    }

    /// <summary>Puts this in the place of the key file at <paramref name="path"/>: a crash leaves one or the
    /// other.</summary>
    internal void Replace(string path)
    {
        var next = path + ".new";
        File.Delete(next);
        WriteNew(next);
        File.Move(next, path, overwrite: true);
        DirectorySync.Sync(System.IO.Path.GetDirectoryName(path)!);
    }

    /// <summary>The key; <paramref name="passphrase"/> is asked only where the file is encrypted.</summary>
    internal SecretKey Open(string path, Func<string> passphrase)
    {
        var secret = Encrypted is { } box
            ? Decrypt(box, path, passphrase())
            : Convert.FromHexString(Secret ?? throw Damaged(path));
        var key = SecretKey.From(secret) ?? throw Damaged(path);
        CryptographicOperations.ZeroMemory(secret);
        return new Address(key.PublicKey).ToString() == Address ? key : throw Damaged(path);
    }

    private Sealed Encrypt(byte[] secret, string passphrase)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        var nonce = RandomNumberGenerator.GetBytes(NonceSize);
        var (ciphertext, tag) = (new byte[secret.Length], new byte[TagSize]);
        using var cipher = new AesGcm(CipherKey(passphrase, salt, Iterations), TagSize);
        cipher.Encrypt(nonce, secret, ciphertext, tag, PublicPart);
        return new(Iterations, salt, nonce, ciphertext, tag);
    }

    private byte[] Decrypt(Sealed box, string path, string passphrase)
    {
        if (box.Iterations is < 1 or > IterationsMax || box.Nonce.Length != NonceSize || box.Tag.Length != TagSize)
            throw Damaged(path);
        var secret = new byte[box.Ciphertext.Length];
        try
        {
            using var cipher = new AesGcm(CipherKey(passphrase, box.Salt, box.Iterations), TagSize);
            cipher.Decrypt(box.Nonce, box.Ciphertext, box.Tag, secret, PublicPart);
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new OperatorException($"the passphrase does not open '{path}'",
                "try again; a lost passphrase cannot be recovered");
        }
    }

    private byte[] PublicPart => Encoding.UTF8.GetBytes($"{Address} {Peer}");

    private static byte[] CipherKey(string passphrase, byte[] salt, int iterations) => Rfc2898DeriveBytes.Pbkdf2(
        passphrase, salt, iterations, HashAlgorithmName.SHA256, CipherKeySize);

    private static OperatorException Damaged(string path) =>
        new($"the key file '{path}' is damaged", "restore it from a copy, or make a new key in another home");
}
