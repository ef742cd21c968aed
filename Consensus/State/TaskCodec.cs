using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.State;

/// <summary>How tasks and their results are written into the state's leaves. Results are leaves of their own.</summary>
internal static class TaskCodec
{
    internal static byte[] Encode(LearningTask task)
    {
        var writer = new Writer().Array(5).Address(task.Owner);
        task.Spec.Write(writer);
        writer.UInt(task.Pool).Array(task.Shards.Count);
        foreach (var (owner, shard) in task.Shards)
            writer.Array(5).Address(owner).Digest(shard.Root).UInt(shard.Rows).UInt(shard.HeldOut)
                .UInt(shard.Active ? 1UL : 0);
        Write(writer, task.Round);
        return writer.ToArray();
    }

    internal static LearningTask ReadTask(Digest id, ref Reader reader)
    {
        reader.Array(5);
        var owner = reader.Address();
        var spec = TaskSpec.Read(ref reader);
        var pool = reader.UInt(Limits.SupplyMax);
        var shards = ImmutableSortedDictionary.CreateBuilder<Address, Shard>();
        for (int i = 0, n = reader.Count(Limits.ContributorsMax); i < n && !reader.Failed; i++)
        {
            reader.Array(5);
            shards[reader.Address()] = new(reader.Digest(), reader.UInt32(), reader.UInt32(), reader.UInt(1) == 1);
        }
        return new()
        {
            Id = id,
            Owner = owner,
            Spec = spec,
            Pool = pool,
            Shards = shards.ToImmutable(),
            Round = ReadRound(ref reader),
            Results = [],
        };
    }

    internal static byte[] Encode(RoundResult result)
    {
        var writer = new Writer().Array(9).UInt(result.Number).UInt(result.Height).UInt(result.Time)
            .Digest(result.Parameters).UInt(result.Exponent).UInt(result.Committed).UInt(result.Revealed)
            .Array(result.Paid.Length);
        foreach (var (contributor, reward) in result.Paid)
            writer.Array(2).Address(contributor).UInt(reward);
        writer.Array(result.Evaluations.Count);
        foreach (var (contributor, evaluation) in result.Evaluations)
            writer.Array(3).Address(contributor).UInt(evaluation.Correct).UInt(evaluation.Total);
        return writer.ToArray();
    }

    internal static RoundResult ReadResult(ref Reader reader)
    {
        reader.Array(9);
        var result = new RoundResult
        {
            Number = reader.UInt32(),
            Height = reader.UInt(),
            Time = reader.UInt(),
            Parameters = reader.Digest(),
            Exponent = reader.UInt32(),
            Committed = reader.UInt32(),
            Revealed = reader.UInt32(),
            Paid = ReadPaid(ref reader),
        };
        var evaluations = ImmutableSortedDictionary.CreateBuilder<Address, Evaluation>();
        for (int i = 0, n = reader.Count(Limits.ContributorsMax); i < n && !reader.Failed; i++)
        {
            reader.Array(3);
            evaluations[reader.Address()] = new(reader.UInt32(), reader.UInt32());
        }
        return result with { Evaluations = evaluations.ToImmutable() };
    }

    private static ImmutableArray<(Address, ulong)> ReadPaid(ref Reader reader)
    {
        var paid = ImmutableArray.CreateBuilder<(Address, ulong)>();
        for (int i = 0, n = reader.Count(Limits.ContributorsMax); i < n && !reader.Failed; i++)
        {
            reader.Array(2);
            paid.Add((reader.Address(), reader.UInt()));
        }
        return paid.ToImmutable();
    }

    private static void Write(Writer writer, Round round)
    {
        writer.Array(8).UInt(round.Number).UInt((ulong)round.Phase).UInt(round.Deadline).Digest(round.Parameters)
            .UInt(round.Exponent).Array(round.Contributions.Count);
        foreach (var (owner, contribution) in round.Contributions)
            writer.Array(4).Address(owner).Digest(contribution.Commitment).DigestOrNil(contribution.Blob)
                .UInt(contribution.Rows);
        writer.Array(round.Held.Count);
        foreach (var (validator, held) in round.Held)
        {
            writer.Array(2).Address(validator).Array(held.Count);
            foreach (var contributor in held)
                writer.Address(contributor);
        }
        writer.Array(round.Included.Length);
        foreach (var contributor in round.Included)
            writer.Address(contributor);
    }

    private static Round ReadRound(ref Reader reader)
    {
        reader.Array(8);
        return new()
        {
            Number = reader.UInt32(),
            Phase = (Phase)reader.UInt((ulong)Phase.Finished),
            Deadline = reader.UInt(),
            Parameters = reader.Digest(),
            Exponent = reader.UInt32(),
            Contributions = ReadContributions(ref reader),
            Held = ReadHeld(ref reader),
            Included = ReadIncluded(ref reader),
        };
    }

    private static ImmutableArray<Address> ReadIncluded(ref Reader reader)
    {
        var included = ImmutableArray.CreateBuilder<Address>();
        for (int i = 0, n = reader.Count(Limits.ContributorsMax); i < n && !reader.Failed; i++)
            included.Add(reader.Address());
        return included.ToImmutable();
    }

    private static ImmutableSortedDictionary<Address, Contribution> ReadContributions(ref Reader reader)
    {
        var contributions = ImmutableSortedDictionary.CreateBuilder<Address, Contribution>();
        for (int i = 0, n = reader.Count(Limits.ContributorsMax); i < n && !reader.Failed; i++)
        {
            reader.Array(4);
            contributions[reader.Address()] = new(reader.Digest(), reader.DigestOrNil(), reader.UInt32());
        }
        return contributions.ToImmutable();
    }

    private static ImmutableSortedDictionary<Address, ImmutableSortedSet<Address>> ReadHeld(ref Reader reader)
    {
        var all = ImmutableSortedDictionary.CreateBuilder<Address, ImmutableSortedSet<Address>>();
        for (int i = 0, n = reader.Count(Limits.ValidatorsMax); i < n && !reader.Failed; i++)
        {
            reader.Array(2);
            var validator = reader.Address();
            var held = ImmutableSortedSet.CreateBuilder<Address>();
            for (int k = 0, m = reader.Count(Limits.ContributorsMax); k < m && !reader.Failed; k++)
                held.Add(reader.Address());
            all[validator] = held.ToImmutable();
        }
        return all.ToImmutable();
    }
}
