using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>The side of the Noise XK handshake that calls: e, es ->, &lt;- e, ee, s, se ->.</summary>
internal sealed class NoiseInitiator(SecretKey own, SecretKey ephemeral, PeerId responder, Digest network)
{
    private readonly byte[] responderKey = NoiseXk.Compress(responder);
    private NoiseState state = NoiseXk.Begin(network, NoiseXk.Compress(responder));
    private byte[] responderEphemeral = [];

    /// <summary>Writes our ephemeral key and a tag; false where the responder's id is no point of the curve.</summary>
    internal bool TryWriteFirst(ReadOnlySpan<byte> header, Span<byte> target)
    {
        var key = ephemeral.CompressedPublicKey();
        state.MixHash(header);
        state.MixHash(key);
        key.CopyTo(target);
        if (!state.TryMixSecret(ephemeral, responderKey))
            return false;
        state.EncryptAndHash([], target[NoiseXk.KeyBytes..]);
        return true;
    }

    /// <summary>Reads the responder's ephemeral key and payload; after it the responder has proved who it is.</summary>
    internal bool TryReadSecond(ReadOnlySpan<byte> header, ReadOnlySpan<byte> message, Span<byte> payload)
    {
        var key = message[..NoiseXk.KeyBytes].ToArray();
        var next = state.Fork();
        next.MixHash(header);
        next.MixHash(key);
        if (!next.TryMixSecret(ephemeral, key) || !next.TryDecryptAndHash(message[NoiseXk.KeyBytes..], payload))
            return false;
        (state, responderEphemeral) = (next, key);
        return true;
    }

    /// <summary>Writes who we are, so that only the responder can read it, and gives the session's keys.</summary>
    internal SessionKeys WriteThird(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, Span<byte> target)
    {
        const int identityBytes = NoiseXk.KeyBytes + NoiseState.TagBytes;
        state.MixHash(header);
        state.EncryptAndHash(own.CompressedPublicKey(), target[..identityBytes]);
        state.TryMixSecret(own, responderEphemeral);
        state.EncryptAndHash(payload, target[identityBytes..]);
        var (forth, back) = state.Split();
        return new(Send: forth, Receive: back);
    }
}
