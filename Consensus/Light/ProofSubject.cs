using System.Buffers.Binary;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

namespace Ledger.Consensus.Light;

/// <summary>What a proof can be about.</summary>
public abstract record ProofSubject
{
    private ProofSubject()
    {
    }

    /// <summary>The key of the leaf that says it.</summary>
    public abstract byte[] Key { get; }

    /// <summary>What an address owns.</summary>
    public sealed record OfAccount(Address Address) : ProofSubject
    {
        public override byte[] Key => StateLeaves.KeyOf(Address);
    }

    /// <summary>How far a task is.</summary>
    public sealed record OfTask(Digest Task) : ProofSubject
    {
        public override byte[] Key => TaskLeaves.KeyOfProgress(Task);
    }

    /// <summary>What came out of a round: the id of the canonical parameters.</summary>
    public sealed record OfModel(Digest Task, uint Round) : ProofSubject
    {
        public override byte[] Key => TaskLeaves.KeyOfResult(Task, Round);
    }

    /// <summary>Who votes on the block whose header leads to the proof.</summary>
    public sealed record OfValidators : ProofSubject
    {
        public override byte[] Key => StateLeaves.KeyOfValidators;
    }

    /// <summary>What a key is about; null for leaves that nobody asks for.</summary>
    public static ProofSubject? Of(ReadOnlySpan<byte> key)
    {
        ProofSubject? subject = key.Length switch
        {
            1 => new OfValidators(),
            1 + Digest.Size when key[0] == TaskLeaves.KeyOfProgress(default)[0] => new OfTask(Digest.From(key[1..])),
            1 + PublicKey.Size => new OfAccount(new(PublicKey.From(key[1..]))),
            1 + Digest.Size + sizeof(uint) => new OfModel(
                Digest.From(key[1..(1 + Digest.Size)]), BinaryPrimitives.ReadUInt32BigEndian(key[(1 + Digest.Size)..])),
            _ => null,
        };
        return subject is not null && key.SequenceEqual(subject.Key) ? subject : null;
    }
}
