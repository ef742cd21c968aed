using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>The keys that a completed handshake gives to one side.</summary>
internal sealed record SessionKeys(byte[] Send, byte[] Receive);

/// <summary>
/// What both roles of Noise_XK_secp256k1_ChaChaPoly_SHA256 share. XK: the initiator knows the responder's static key
/// beforehand and shows its own only to somebody who proved to hold that key. The curve and its ECDH are those of
/// Lightning BOLT 8; packet headers are mixed into the transcript before each message.
/// </summary>
internal static class NoiseXk
{
    internal const string Protocol = "Noise_XK_secp256k1_ChaChaPoly_SHA256";
    internal const int KeyBytes = SecretKey.CompressedSize;

    private const byte EvenPrefix = 2;

    /// <summary>The first state of both sides: nodes of two networks differ from here on.</summary>
    internal static NoiseState Begin(Digest network, ReadOnlySpan<byte> responder)
    {
        var state = new NoiseState(Protocol, [.. "ledger"u8, InitPacket.Version, .. network.ToArray()]);
        state.MixHash(responder);
        return state;
    }

    /// <summary>A static key on the wire; peer ids are x-only, so that the point is always the even one.</summary>
    internal static byte[] Compress(PeerId peer) => [EvenPrefix, .. peer.Key.ToArray()];

    /// <summary>The peer of a static key, or null for the point that no peer id stands for.</summary>
    internal static PeerId? PeerOf(ReadOnlySpan<byte> compressed) =>
        compressed[0] == EvenPrefix ? new(PublicKey.From(compressed[1..])) : null;

    /// <summary>Mixes a shared secret in; false where the other key is no point of the curve.</summary>
    internal static bool TryMixSecret(this NoiseState state, SecretKey own, ReadOnlySpan<byte> other)
    {
        if (own.SharedSecret(other) is not { } secret)
            return false;
        state.MixKey(secret);
        return true;
    }
}
