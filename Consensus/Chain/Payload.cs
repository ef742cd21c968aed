using System.Collections.Immutable;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>What a transaction asks for. The number of a kind is part of the protocol and never changes.</summary>
public abstract record Payload
{
    private Payload()
    {
    }

    /// <summary>The number by which the kind travels.</summary>
    public abstract uint Kind { get; }

    /// <summary>Tokens from the sender to somebody.</summary>
    public sealed record Transfer(Address To, ulong Amount) : Payload
    {
        public override uint Kind => 1;

        internal override void Write(Writer writer) => writer.Array(2).Address(To).UInt(Amount);
    }

    /// <summary>Tokens from the sender's balance to its stake.</summary>
    public sealed record Stake(ulong Amount) : Payload
    {
        public override uint Kind => 2;

        internal override void Write(Writer writer) => writer.Array(1).UInt(Amount);
    }

    /// <summary>Tokens from the sender's stake, back in its balance after the unbonding time.</summary>
    public sealed record Unstake(ulong Amount) : Payload
    {
        public override uint Kind => 3;

        internal override void Write(Writer writer) => writer.Array(1).UInt(Amount);
    }

    /// <summary>A training task; its rewards for all rounds are taken from the sender now.</summary>
    public sealed record CreateTask(TaskSpec Spec) : Payload
    {
        public override uint Kind => 4;

        internal override void Write(Writer writer)
        {
            writer.Array(1);
            Spec.Write(writer);
        }
    }

    /// <summary>
    /// The sender's data for a task: a Merkle root over its rows, the digest of what it says of them at home, and how
    /// many it trains on, judges others by, and holds out. Sent again, it says that the sender is back after rounds it
    /// missed. The terms say on what conditions the rows may be learnt from, such as a licence or a consent; only
    /// people read them.
    /// </summary>
    public sealed record SubmitShard(
        Digest Task, Digest Root, Digest Manifest, uint Rows, uint Validation, uint HeldOut, string Terms = "")
        : Payload
    {
        public override uint Kind => 5;

        internal override void Write(Writer writer) => writer.Array(7).Digest(Task).Digest(Root).Digest(Manifest)
            .UInt(Rows).UInt(Validation).UInt(HeldOut).Text(Terms);
    }

    /// <summary>The sender takes its shard out of a task: no later round waits for it or takes an update of it, until
    /// it submits one again.</summary>
    public sealed record WithdrawShard(Digest Task) : Payload
    {
        public override uint Kind => 13;

        internal override void Write(Writer writer) => writer.Array(1).Digest(Task);
    }

    /// <summary>A promise of an update that nobody can read or copy yet; see <see cref="UpdateCommitment"/>.</summary>
    public sealed record CommitUpdate(Digest Task, uint Round, Digest Commitment) : Payload
    {
        public override uint Kind => 6;

        internal override void Write(Writer writer) => writer.Array(3).Digest(Task).UInt(Round).Digest(Commitment);
    }

    /// <summary>The opening of a commitment: where the update is. Claimed rows are statistics, never weights.</summary>
    public sealed record RevealUpdate(Digest Task, uint Round, Bytes32 Salt, Digest Blob, uint Rows) : Payload
    {
        public override uint Kind => 7;

        internal override void Write(Writer writer) =>
            writer.Array(5).Digest(Task).UInt(Round).Bytes(Salt.ToArray()).Digest(Blob).UInt(Rows);
    }

    /// <summary>
    /// A validator's word that it holds these contributors' updates and these scorers' roots, and that they are well
    /// formed; each in ascending order.
    /// </summary>
    public sealed record Attest(Digest Task, uint Round, ImmutableArray<Address> Held, ImmutableArray<Address> Roots)
        : Payload
    {
        public override uint Kind => 8;

        public bool Equals(Attest? other) => other is not null && Task == other.Task && Round == other.Round
            && Held.SequenceEqual(other.Held) && Roots.SequenceEqual(other.Roots);

        public override int GetHashCode() => Task.GetHashCode();

        internal override void Write(Writer writer)
        {
            writer.Array(4).Digest(Task).UInt(Round).Array(Held.Length);
            foreach (var contributor in Held)
                writer.Address(contributor);
            writer.Array(Roots.Length);
            foreach (var scorer in Roots)
                writer.Address(scorer);
        }
    }

    /// <summary>How many of its held-out rows a contributor's copy of a round's canonical model gets right, and its
    /// mean loss on them; see <see cref="State.Evaluation"/>.</summary>
    public sealed record Evaluate(
        Digest Task, uint Round, Digest Parameters, uint Correct, uint Total, uint Loss) : Payload
    {
        public override uint Kind => 9;

        internal override void Write(Writer writer) =>
            writer.Array(6).Digest(Task).UInt(Round).Digest(Parameters).UInt(Correct).UInt(Total).UInt(Loss);
    }

    /// <summary>The sender's wish to vote again after its time in jail.</summary>
    public sealed record Unjail : Payload
    {
        public override uint Kind => 10;

        internal override void Write(Writer writer) => writer.Array(0);
    }

    /// <summary>The sender's whole stake to a new key of the same validator, which consents to take over what the old
    /// one is liable for.</summary>
    public sealed record RotateKey(Address To, Signature Consent) : Payload
    {
        public override uint Kind => 15;

        internal override void Write(Writer writer) => writer.Array(2).Address(To).Signature(Consent);
    }

    /// <summary>A validator's vote for a change of the chain's rules; it takes the place of its vote before.</summary>
    public sealed record Amend(Amendment Amendment) : Payload
    {
        public override uint Kind => 14;

        internal override void Write(Writer writer)
        {
            writer.Array(1);
            Amendment.Write(writer);
        }
    }

    /// <summary>A scorer's promise of its root, bound as an update's is; see <see cref="UpdateCommitment"/>.</summary>
    public sealed record CommitRoot(Digest Task, uint Round, Digest Commitment) : Payload
    {
        public override uint Kind => 11;

        internal override void Write(Writer writer) => writer.Array(3).Digest(Task).UInt(Round).Digest(Commitment);
    }

    /// <summary>The opening of a root's commitment.</summary>
    public sealed record RevealRoot(Digest Task, uint Round, Bytes32 Salt, Digest Blob) : Payload
    {
        public override uint Kind => 12;

        internal override void Write(Writer writer) =>
            writer.Array(4).Digest(Task).UInt(Round).Bytes(Salt.ToArray()).Digest(Blob);
    }

    internal abstract void Write(Writer writer);

    internal static Payload? Read(uint kind, ref Reader reader)
    {
        Payload? payload = kind switch
        {
            1 => Fields(ref reader, 2) ? new Transfer(reader.Address(), reader.UInt(Limits.SupplyMax)) : null,
            2 => Fields(ref reader, 1) ? new Stake(reader.UInt(Limits.SupplyMax)) : null,
            3 => Fields(ref reader, 1) ? new Unstake(reader.UInt(Limits.SupplyMax)) : null,
            4 => Fields(ref reader, 1) ? new CreateTask(TaskSpec.Read(ref reader)) : null,
            5 => Fields(ref reader, 7)
                ? new SubmitShard(
                    reader.Digest(), reader.Digest(), reader.Digest(), reader.UInt32(), reader.UInt32(),
                    reader.UInt32(), reader.Line(Limits.NameCharsMax))
                : null,
            6 => Fields(ref reader, 3) ? new CommitUpdate(reader.Digest(), reader.UInt32(), reader.Digest()) : null,
            7 => Fields(ref reader, 5)
                ? new RevealUpdate(
                    reader.Digest(), reader.UInt32(), reader.Digest().Value, reader.Digest(), reader.UInt32())
                : null,
            8 => Fields(ref reader, 4)
                ? new Attest(reader.Digest(), reader.UInt32(), Ascending(ref reader), Ascending(ref reader))
                : null,
            9 => Fields(ref reader, 6)
                ? new Evaluate(
                    reader.Digest(), reader.UInt32(), reader.Digest(), reader.UInt32(), reader.UInt32(),
                    reader.UInt32())
                : null,
            10 => Fields(ref reader, 0) ? new Unjail() : null,
            14 => Fields(ref reader, 1) ? new Amend(Amendment.Read(ref reader)) : null,
            11 => Fields(ref reader, 3) ? new CommitRoot(reader.Digest(), reader.UInt32(), reader.Digest()) : null,
            12 => Fields(ref reader, 4)
                ? new RevealRoot(reader.Digest(), reader.UInt32(), reader.Digest().Value, reader.Digest())
                : null,
            13 => Fields(ref reader, 1) ? new WithdrawShard(reader.Digest()) : null,
            15 => Fields(ref reader, 2) ? new RotateKey(reader.Address(), reader.Signature()) : null,
            _ => null,
        };
        if (payload is null)
            reader.Fail();
        return payload;
    }

    private static bool Fields(ref Reader reader, int count)
    {
        reader.Array(count);
        return !reader.Failed;
    }

    private static ImmutableArray<Address> Ascending(ref Reader reader)
    {
        var count = reader.Count(Limits.ContributorsMax);
        var addresses = ImmutableArray.CreateBuilder<Address>();
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            addresses.Add(reader.Address());
            if (i > 0 && addresses[i] <= addresses[i - 1])
                reader.Fail();
        }
        return addresses.ToImmutable();
    }
}

/// <summary>
/// The digest by which an update is promised. It binds chain, task, round, the parameters it starts from and the
/// contributor's key, so that a commitment can be neither copied nor kept for another round.
/// </summary>
public static class UpdateCommitment
{
    public static Digest Of(
        Digest chainId, Digest task, uint round, Digest parameters, Address contributor, Bytes32 salt, Digest blob) =>
        Bound("ledger/update", chainId, task, round, parameters, contributor, salt, blob);

    /// <summary>The same for a scorer's root: neither can be opened as the other.</summary>
    public static Digest OfRoot(
        Digest chainId, Digest task, uint round, Digest parameters, Address scorer, Bytes32 salt, Digest blob) =>
        Bound("ledger/root", chainId, task, round, parameters, scorer, salt, blob);

    private static Digest Bound(
        string tag, Digest chain, Digest task, uint round, Digest parameters, Address by, Bytes32 salt, Digest blob) =>
        Digest.Of(tag, new Writer().Array(7).Digest(chain).Digest(task).UInt(round).Digest(parameters).Address(by)
            .Bytes(salt.ToArray()).Digest(blob).Written);
}
