using System.Buffers.Binary;
using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.State;

/// <summary>
/// The draw of a round's scorers among the validators that hold rows out for the task: without replacement, with
/// chances by stake, which counts up to twice the lower median, so that nobody is a committee alone.
/// </summary>
internal static class Committee
{
    private const ulong CapInMedians = 2;

    internal static ImmutableSortedDictionary<Address, Scorer> Draw(ChainState state, LearningTask task)
    {
        var candidates = Candidates(state, task);
        var drawn = ImmutableSortedDictionary.CreateBuilder<Address, Scorer>();
        for (uint i = 0; i < task.Spec.Committee && candidates.Count > 0; i++)
        {
            var (address, weight) = candidates[Pick(candidates, Lot(state, task, i))];
            candidates.Remove((address, weight));
            drawn[address] = new(weight, Commitment: null, Blob: null);
        }
        return drawn.ToImmutable();
    }

    private static List<(Address Address, ulong Weight)> Candidates(ChainState state, LearningTask task)
    {
        var able = state.Validators.Validators
            .Where(v => task.Shards.GetValueOrDefault(v.Address) is { Active: true, Validation: > 0 }).ToList();
        var stakes = able.Select(v => v.Stake).Order().ToList();
        var cap = able.Count == 0 ? 0 : stakes[(stakes.Count - 1) / 2] * CapInMedians;
        return [.. able.Select(v => (v.Address, Math.Min(v.Stake, cap))).OrderBy(each => each.Address)];
    }

    private static UInt128 Lot(ChainState state, LearningTask task, uint number)
    {
        var digest = Digest.Of("ledger/committee", new Writer().Array(4)
            .Digest(Lots.Latest(state, task)).Digest(task.Id).UInt(task.Round.Number).UInt(number).Written);
        return BinaryPrimitives.ReadUInt128BigEndian(digest.ToArray());
    }

    // The remainder favours nobody by more than 2^-64 of all stake.
    private static int Pick(List<(Address Address, ulong Weight)> candidates, UInt128 lot)
    {
        var left = lot % candidates.Aggregate((UInt128)0, (sum, each) => sum + each.Weight);
        var i = 0;
        for (; left >= candidates[i].Weight; i++)
            left -= candidates[i].Weight;
        return i;
    }
}
