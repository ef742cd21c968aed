using System.Diagnostics.CodeAnalysis;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>A request to change the state: from whom, in which order (nonces from 0), for what fee in tokens.</summary>
public sealed record Transaction(Address Sender, ulong Nonce, ulong Fee, Payload Payload)
{
    /// <summary>What the sender signs, and the transaction's id: it does not depend on the signature.</summary>
    public Digest Id(Digest chainId)
    {
        var writer = new Writer().Array(6).Digest(chainId);
        WriteFields(writer);
        return Digest.Of("ledger/transaction", writer.Written);
    }

    /// <summary>The transaction signed by its sender's key.</summary>
    public SignedTransaction Sign(Digest chainId, SecretKey key) => new(this, key.Sign(Id(chainId)));

    internal void WriteFields(Writer writer)
    {
        writer.Address(Sender).UInt(Nonce).UInt(Fee).UInt(Payload.Kind);
        Payload.Write(writer);
    }
}

/// <summary>A transaction with its sender's signature.</summary>
public sealed record SignedTransaction(Transaction Body, Signature Signature)
{
    // Hashed, measured and sent on again and again, and never changing.
    private byte[]? encoded;

    // A copy may get other fields, and so begins without the note.
    private SignedTransaction(SignedTransaction other) => (Body, Signature) = (other.Body, other.Signature);

    /// <summary>The bytes that travel.</summary>
    public ReadOnlySpan<byte> Encoded => encoded ??= Written();

    /// <summary>A copy of <see cref="Encoded"/>.</summary>
    public byte[] Encode() => Encoded.ToArray();

    public bool Equals(SignedTransaction? other) =>
        other is not null && Body == other.Body && Signature == other.Signature;

    public override int GetHashCode() => Signature.GetHashCode();

    /// <summary>Whether the signature is the sender's, for this chain.</summary>
    public bool Verify(Digest chainId) => Body.Sender.Key.Verify(Body.Id(chainId), Signature);

    public static bool TryDecode(ReadOnlySpan<byte> input, [NotNullWhen(true)] out SignedTransaction? transaction)
    {
        transaction = null;
        if (input.Length > Limits.TransactionBytesMax)
            return false;
        var reader = new Reader(input);
        reader.Array(6);
        var sender = reader.Address();
        var nonce = reader.UInt();
        var fee = reader.UInt(Limits.SupplyMax);
        var payload = Payload.Read(reader.UInt32(), ref reader);
        var signature = reader.Signature();
        if (reader.Finished && payload is not null)
            transaction = new(new(sender, nonce, fee, payload), signature);
        return transaction is not null;
    }

    private byte[] Written()
    {
        var writer = new Writer().Array(6);
        Body.WriteFields(writer);
        return writer.Signature(Signature).ToArray();
    }
}
