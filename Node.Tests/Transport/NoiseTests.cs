using Ledger.Consensus.Crypto;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>The handshake against the test vectors of Lightning BOLT 8, which uses the same curve, ECDH and ciphers.
/// Its ephemeral key of act one is odd and ours are always even, so that ECDH is done with the raw keys
/// here.</summary>
public class NoiseTests
{
    private static readonly byte[] ResponderSecret = Repeat(0x21), InitiatorSecret = Repeat(0x11);
    private static readonly byte[] FirstEphemeral = Repeat(0x12), SecondEphemeral = Repeat(0x22);

    [Test]
    public void Three_acts_and_the_keys_are_those_of_bolt_8()
    {
        var state = new NoiseState(NoiseXk.Protocol, "lightning"u8);
        state.MixHash(Public(ResponderSecret));
        Assert.That(Hex(Public(ResponderSecret)), Is.EqualTo(
            "028d7500dd4c12685d1f568b4c2b5048e8534b873319f3a8daa612b469132ec7f7"));

        state.MixHash(Public(FirstEphemeral));
        state.MixKey(Ecdh(FirstEphemeral, Public(ResponderSecret)));
        Assert.That("00" + Hex(Public(FirstEphemeral)) + Hex(Encrypt(state, [])), Is.EqualTo(
            "00036360e856310ce5d294e8be33fc807077dc56ac80d95d9cd4ddbd21325eff73f70df6086551151f58b8afe6c195782c6a"));

        state.MixHash(Public(SecondEphemeral));
        state.MixKey(Ecdh(FirstEphemeral, Public(SecondEphemeral)));
        Assert.That("00" + Hex(Public(SecondEphemeral)) + Hex(Encrypt(state, [])), Is.EqualTo(
            "0002466d7fcae563e5cb09a0d1870bb580344804617879a14949cf22285f1bae3f276e2470b93aac583c9ef6eafca3f730ae"));

        var identity = Encrypt(state, Public(InitiatorSecret));
        state.MixKey(Ecdh(InitiatorSecret, Public(SecondEphemeral)));
        Assert.That("00" + Hex(identity) + Hex(Encrypt(state, [])), Is.EqualTo(
            "00b9e3a702e93e3a9948c2ed6e5fd7590a6e1c3a0344cfc9d5b57357049aa22355361aa02e55a8fc28fef5bd6d71ad0c38"
            + "228dc68b1c466263b47fdf31e560e139ba"));

        var (forth, back) = state.Split();
        Assert.That(Hex(forth), Is.EqualTo("969ab31b4d288cedf6218839b27a3e2140827047f2c0f01bf5c04435d43511a9"));
        Assert.That(Hex(back), Is.EqualTo("bb9020b8965f4df047e07f955f3c4b88418984aadc5cdb35096b9ea8fa5c3442"));
    }

    [Test]
    public void Both_roles_derive_the_same_keys_and_a_forged_message_spoils_nothing()
    {
        using var initiatorKey = Some.Key(1);
        using var responderKey = Some.Key(2);
        using var e = Some.Key(3);
        using var f = Some.Key(4);
        var initiator = new NoiseInitiator(initiatorKey, e, new(responderKey.PublicKey), Some.Digest(1));
        var responder = new NoiseResponder(responderKey, Some.Digest(1));
        byte[] first = new byte[49], second = new byte[52], third = new byte[69];
        byte[] told = new byte[3], said = new byte[4];

        Assert.That(initiator.TryWriteFirst([1], first));
        Assert.That(responder.TryReadFirst([1], first));
        responder.WriteSecond([2], f, [5, 6, 7], second);
        Assert.That(initiator.TryReadSecond([2], Flipped(second), told), Is.False);
        Assert.That(initiator.TryReadSecond([3], second, told), Is.False, "the header is part of the transcript");
        Assert.That(initiator.TryReadSecond([2], second, told));
        var keys = initiator.WriteThird([3], [1, 2, 3, 4], third);
        Assert.That(responder.ReadThird([3], Flipped(third), said), Is.Null);
        var result = responder.ReadThird([3], third, said);

        Assert.That(told, Is.EqualTo(new byte[] { 5, 6, 7 }));
        Assert.That(said, Is.EqualTo(new byte[] { 1, 2, 3, 4 }));
        Assert.That(result!.Value.Peer, Is.EqualTo(new PeerId(initiatorKey.PublicKey)));
        Assert.That(result.Value.Keys.Receive, Is.EqualTo(keys.Send));
        Assert.That(result.Value.Keys.Send, Is.EqualTo(keys.Receive));
    }

    private static byte[] Encrypt(NoiseState state, byte[] plaintext)
    {
        var target = new byte[plaintext.Length + NoiseState.TagBytes];
        state.EncryptAndHash(plaintext, target);
        return target;
    }

    private static byte[] Public(byte[] secret)
    {
        var key = new byte[33];
        Assert.That(Secp256k1.TryCompressedKey(secret, key));
        return key;
    }

    private static byte[] Ecdh(byte[] secret, byte[] key)
    {
        var shared = new byte[32];
        Assert.That(Secp256k1.TryEcdh(secret, key, shared));
        return shared;
    }

    private static byte[] Flipped(byte[] bytes) => [.. bytes[..^1], (byte)(bytes[^1] ^ 1)];

    private static byte[] Repeat(byte value) => [.. Enumerable.Repeat(value, 32)];

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
