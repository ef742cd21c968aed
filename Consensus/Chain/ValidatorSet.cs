using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>A validator with its voting stake and its place in the proposer rotation.</summary>
public readonly record struct Validator(Address Address, ulong Stake, long Priority);

/// <summary>
/// The validators of one height, in ascending order of address, with their stakes and proposer priorities. The digest
/// covers the priorities: a peer that starts from a snapshot must agree on who proposes next (ASA-2024-009).
/// </summary>
public sealed record ValidatorSet
{
    // Asked for by every header that is checked. No copy has other members.
    private StrongBox<Digest>? digest;

    /// <summary>A set of the given validators, at least one; addresses must differ and stakes be above zero.</summary>
    public ValidatorSet(IEnumerable<Validator> validators)
    {
        Validators = [.. validators.OrderBy(v => v.Address)];
        if (Validators.IsEmpty || Validators.Length > Limits.ValidatorsMax)
            throw new ArgumentException(
                $"a validator set has 1 to {Limits.ValidatorsMax} members, not {Validators.Length}");
        foreach (var validator in Validators)
            TotalStake += validator.Stake > 0
                ? validator.Stake
                : throw new ArgumentException("a validator has no stake");
    }

    public ImmutableArray<Validator> Validators { get; }

    public ulong TotalStake { get; }

    /// <summary>The stake of a member, or null for anybody else.</summary>
    public ulong? StakeOf(Address address) => IndexOf(address) is var i and >= 0 ? Validators[i].Stake : null;

    /// <summary>The place of a member in the set's order, or -1.</summary>
    public int IndexOf(Address address)
    {
        int low = 0, high = Validators.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = Validators[middle].Address.CompareTo(address);
            if (order == 0)
                return middle;
            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }
        return -1;
    }

    /// <summary>The least stake that is more than two thirds of the total.</summary>
    public ulong Quorum => (ulong)(2 * (UInt128)TotalStake / 3) + 1;

    /// <summary>Whether <paramref name="stake"/> is more than two thirds of the total.</summary>
    public bool IsQuorum(UInt128 stake) => stake >= Quorum;

    /// <summary>
    /// Whether <paramref name="stake"/> is more than one third of the total: at least one honest validator is in it.
    /// </summary>
    public bool HasHonest(UInt128 stake) => 3 * stake > TotalStake;

    /// <summary>Commits to members, stakes and priorities.</summary>
    public Digest Digest()
    {
        if (digest is null)
        {
            var writer = new Writer();
            Write(writer);
            digest = new(Crypto.Digest.Of("ledger/validators", writer.Written));
        }
        return digest.Value;
    }

    public bool Equals(ValidatorSet? other) => other is not null && Validators.SequenceEqual(other.Validators);

    public override int GetHashCode() => Validators[0].Address.GetHashCode();

    public void Write(Writer writer)
    {
        writer.Array(Validators.Length);
        foreach (var (address, stake, priority) in Validators)
            // Zigzag, as in Protocol Buffers: the codec has unsigned integers only.
            writer.Array(3).Address(address).UInt(stake).UInt(unchecked((ulong)((priority << 1) ^ (priority >> 63))));
    }

    public static ValidatorSet? Read(ref Reader reader)
    {
        var count = reader.Count(Limits.ValidatorsMax);
        var validators = new List<Validator>();
        UInt128 total = 0;
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            reader.Array(3);
            var address = reader.Address();
            var stake = reader.UInt(Limits.SupplyMax);
            var zigzag = reader.UInt();
            validators.Add(new(address, stake, unchecked((long)(zigzag >> 1) ^ -(long)(zigzag & 1))));
            total += stake;
            if (stake == 0 || total > Limits.SupplyMax || Int128.Abs(validators[i].Priority) > Limits.PriorityMax
                || i > 0 && address <= validators[i - 1].Address)
                reader.Fail();
        }
        if (count == 0 || total > Limits.SupplyMax)
            reader.Fail();
        return reader.Failed ? null : new(validators);
    }
}
