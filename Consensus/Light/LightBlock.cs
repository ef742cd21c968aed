using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Light;

/// <summary>What a light client needs of a block: its header, what decided it and who could decide it.</summary>
public sealed record LightBlock(Header Header, CommitCertificate Certificate, ValidatorSet Validators)
{
    public ulong Height => Header.Height;

    /// <summary>Whether header, certificate and validators belong together; nothing is said about signatures.</summary>
    public bool IsConsistent => Fault == LightFault.None;

    /// <summary>Why they do not, or why this program cannot tell what they mean.</summary>
    public LightFault Fault => !BelongTogether ? LightFault.Inconsistent
        : Header.Version > Header.NewestVersion ? LightFault.NewerVersion
        : LightFault.None;

    private bool BelongTogether => Header.Version >= Header.FirstVersion
        && Certificate.Height == Header.Height && Certificate.Block == Header.Digest()
        && Header.Validators == Validators.Digest();

    public void Write(Writer writer)
    {
        writer.Array(3);
        Header.Write(writer);
        Certificate.Write(writer);
        Validators.Write(writer);
    }

    /// <summary>What <see cref="Write"/> has written; null, and a failed reader, for anything else.</summary>
    public static LightBlock? Read(ref Reader reader)
    {
        reader.Array(3);
        var header = Header.Read(ref reader);
        var certificate = CommitCertificate.Read(ref reader);
        return ValidatorSet.Read(ref reader) is { } validators ? new(header, certificate, validators) : null;
    }
}
