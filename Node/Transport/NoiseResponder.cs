using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>The side of the Noise XK handshake that is called; see <see cref="NoiseInitiator"/>.</summary>
internal sealed class NoiseResponder(SecretKey own, SecretKey ephemeral, Digest network)
{
    private readonly NoiseState state = NoiseXk.Begin(network, own.CompressedPublicKey());

    /// <summary>Reads the initiator's ephemeral key; false where it is no point or was not meant for us.</summary>
    internal bool TryReadFirst(ReadOnlySpan<byte> header, ReadOnlySpan<byte> message, Span<byte> initiatorEphemeral)
    {
        message[..NoiseXk.KeyBytes].CopyTo(initiatorEphemeral);
        state.MixHash(header);
        state.MixHash(initiatorEphemeral);
        return state.TryMixSecret(own, initiatorEphemeral)
            && state.TryDecryptAndHash(message[NoiseXk.KeyBytes..], []);
    }

    internal void WriteSecond(ReadOnlySpan<byte> header, ReadOnlySpan<byte> initiatorEphemeral, Span<byte> target)
    {
        var key = ephemeral.CompressedPublicKey();
        state.MixHash(header);
        state.MixHash(key);
        key.CopyTo(target);
        state.TryMixSecret(ephemeral, initiatorEphemeral);
        state.EncryptAndHash([], target[NoiseXk.KeyBytes..]);
    }

    /// <summary>Reads who the initiator is; null where the message is not by the one who sent the first.</summary>
    internal (PeerId Peer, SessionKeys Keys)? ReadThird(ReadOnlySpan<byte> header, ReadOnlySpan<byte> message)
    {
        const int identityBytes = NoiseXk.KeyBytes + NoiseState.TagBytes;
        var identity = new byte[NoiseXk.KeyBytes];
        var next = state.Fork();
        next.MixHash(header);
        if (!next.TryDecryptAndHash(message[..identityBytes], identity)
            || NoiseXk.PeerOf(identity) is not { } peer
            || !next.TryMixSecret(ephemeral, identity)
            || !next.TryDecryptAndHash(message[identityBytes..], []))
            return null;
        var (forth, back) = next.Split();
        return (peer, new(Send: back, Receive: forth));
    }
}
