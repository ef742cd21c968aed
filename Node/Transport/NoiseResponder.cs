using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>The side of the Noise XK handshake that is called; see <see cref="NoiseInitiator"/>.</summary>
internal sealed class NoiseResponder(SecretKey own, Digest network)
{
    private readonly NoiseState state = NoiseXk.Begin(network, own.CompressedPublicKey());
    private byte[] initiatorEphemeral = [];
    private SecretKey? ephemeral;

    /// <summary>Reads the initiator's ephemeral key; false where it is no point or was not meant for us.</summary>
    internal bool TryReadFirst(ReadOnlySpan<byte> header, ReadOnlySpan<byte> message)
    {
        initiatorEphemeral = message[..NoiseXk.KeyBytes].ToArray();
        state.MixHash(header);
        state.MixHash(initiatorEphemeral);
        return state.TryMixSecret(own, initiatorEphemeral)
            && state.TryDecryptAndHash(message[NoiseXk.KeyBytes..], []);
    }

    /// <summary>Writes our ephemeral key, which stays the caller's, and what the initiator is told.</summary>
    internal void WriteSecond(
        ReadOnlySpan<byte> header, SecretKey fresh, ReadOnlySpan<byte> payload, Span<byte> target)
    {
        ephemeral = fresh;
        var key = fresh.CompressedPublicKey();
        state.MixHash(header);
        state.MixHash(key);
        key.CopyTo(target);
        state.TryMixSecret(fresh, initiatorEphemeral);
        state.EncryptAndHash(payload, target[NoiseXk.KeyBytes..]);
    }

    /// <summary>Reads who the initiator is and its payload; null where the message is not by the one who sent the
    /// first.</summary>
    internal (PeerId Peer, SessionKeys Keys)? ReadThird(
        ReadOnlySpan<byte> header, ReadOnlySpan<byte> message, Span<byte> payload)
    {
        const int identityBytes = NoiseXk.KeyBytes + NoiseState.TagBytes;
        var identity = new byte[NoiseXk.KeyBytes];
        var next = state.Fork();
        next.MixHash(header);
        if (!next.TryDecryptAndHash(message[..identityBytes], identity)
            || NoiseXk.PeerOf(identity) is not { } peer
            || ephemeral is null || !next.TryMixSecret(ephemeral, identity)
            || !next.TryDecryptAndHash(message[identityBytes..], payload))
            return null;
        var (forth, back) = next.Split();
        return (peer, new(Send: back, Receive: forth));
    }
}
