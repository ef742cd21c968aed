using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Light;

/// <summary>
/// A proof that anybody checks without a node, from the genesis or from a header that it trusts: the light blocks that
/// lead to a header, and a leaf of the state that this header commits to, which is the one after the block before it.
/// </summary>
public sealed record ProofFile(ImmutableArray<LightBlock> Chain, StateProof State)
{
    private const string Magic = "ledger-proof";
    private const uint Version = 1;

    /// <summary>The last header: the proof says what was so before its block.</summary>
    public LightBlock Head => Chain[^1];

    /// <summary>Checks everything in the file, from the genesis or from a header that is known to be good.</summary>
    public LightFault Verify(Trusted start, LightOptions options, ulong now) => Follow(start, 0, options, now);

    /// <summary>Checks everything in the file, whose first header must be the one with this id.</summary>
    public LightFault Verify(Digest header, LightOptions options, ulong now)
    {
        var first = Chain[0];
        if (first.Header.Digest() != header)
            return LightFault.WrongAnchor;
        // Trust in the header leaves the certificate open; with it, every byte of the file is checked.
        if (first.Fault != LightFault.None)
            return first.Fault;
        return first.Certificate.Verify(first.Header.ChainId, first.Validators)
            ? Follow(Trusted.Of(first), 1, options, now)
            : LightFault.BadCertificate;
    }

    private LightFault Follow(Trusted trusted, int from, LightOptions options, ulong now)
    {
        foreach (var block in Chain.AsSpan(from, Chain.Length - from))
        {
            var fault = LightRules.Check(trusted, block, options, now);
            if (fault != LightFault.None)
                return fault;
            trusted = Trusted.Of(block);
        }
        return State.Verify(Head.Header.StateRoot) ? LightFault.None : LightFault.BadStateProof;
    }

    public byte[] Encode()
    {
        var writer = new Writer().Array(4).Text(Magic).UInt(Version).Array(Chain.Length);
        foreach (var block in Chain)
            block.Write(writer);
        State.Write(writer);
        return writer.ToArray();
    }

    /// <summary>What <see cref="Encode"/> has written; false for anything else.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> input, [NotNullWhen(true)] out ProofFile? file)
    {
        file = null;
        var reader = new Reader(input);
        reader.Array(4);
        if (reader.Text(Magic.Length) != Magic || reader.UInt(Version) != Version)
            return false;
        var chain = ImmutableArray.CreateBuilder<LightBlock>();
        for (int i = 0, n = reader.Count(Limits.LightChainMax); i < n && !reader.Failed; i++)
            if (LightBlock.Read(ref reader) is { } block)
                chain.Add(block);
        var state = StateProof.Read(ref reader);
        file = reader.Finished && chain.Count > 0 ? new(chain.ToImmutable(), state) : null;
        return file is not null;
    }
}
