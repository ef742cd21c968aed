using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.State;

/// <summary>How the parts of tasks are written into the values of their leaves.</summary>
internal static class TaskCodec
{
    internal static byte[] EncodeTerms(LearningTask task)
    {
        var writer = new Writer().Array(2).Address(task.Owner);
        task.Spec.Write(writer);
        return writer.ToArray();
    }

    internal static byte[] Encode(TaskProgress p) => new Writer().Array(13).Address(p.Owner).Text(p.Name).UInt(p.Pool)
        .UInt(p.Round).UInt((ulong)p.Phase).UInt(p.Deadline).Digest(p.Parameters).UInt(p.Exponent)
        .Digest(p.Server).Digest(p.Draw).UInt(p.Threshold).Digest(p.Opened)
        .UInt(p.Fruitless).ToArray();

    internal static TaskProgress ReadProgress(ref Reader reader)
    {
        reader.Array(13);
        return new(
            reader.Address(), reader.Text(Limits.NameCharsMax), reader.UInt(Limits.SupplyMax), reader.UInt32(),
            (Phase)reader.UInt((ulong)Phase.Finished), reader.UInt(), reader.Digest(), reader.UInt32(),
            reader.Digest(), reader.Digest(), reader.UInt(), reader.Digest(), reader.UInt32());
    }

    // No merit yet is 0, and every merit is one more than it is.
    internal static byte[] Encode(Shard shard) => new Writer().Array(8).Digest(shard.Root)
        .Digest(shard.Manifest).UInt(shard.Rows).UInt(shard.Validation).UInt(shard.HeldOut)
        .UInt(shard.Active ? 1UL : 0).UInt(shard.Merit is { } merit ? merit + 1UL : 0)
        .Text(shard.Terms).ToArray();

    internal static Shard ReadShard(ref Reader reader)
    {
        reader.Array(8);
        return new(
            reader.Digest(), reader.Digest(), reader.UInt32(), reader.UInt32(), reader.UInt32(), reader.UInt(1) == 1,
            reader.UInt(Verdict.MeritMax + 1) is var merit and > 0 ? (uint)(merit - 1) : null,
            reader.Text(Limits.NameCharsMax));
    }

    internal static byte[] Encode(Contribution contribution) => new Writer().Array(4).Digest(contribution.Commitment)
        .DigestOrNil(contribution.Blob).UInt(contribution.Rows).UInt(contribution.Order).ToArray();

    internal static Contribution ReadContribution(ref Reader reader)
    {
        reader.Array(4);
        return new(reader.Digest(), reader.DigestOrNil(), reader.UInt32(), reader.UInt32());
    }

    internal static byte[] Encode(Scorer scorer) => new Writer().Array(3).UInt(scorer.Weight)
        .DigestOrNil(scorer.Commitment).DigestOrNil(scorer.Blob).ToArray();

    internal static Scorer ReadScorer(ref Reader reader)
    {
        reader.Array(3);
        return new(reader.UInt(Limits.SupplyMax), reader.DigestOrNil(), reader.DigestOrNil());
    }

    internal static byte[] Encode(Holding holding)
    {
        var writer = new Writer().Array(2);
        Write(writer, holding.Updates);
        Write(writer, holding.Roots);
        return writer.ToArray();
    }

    internal static Holding ReadHolding(ref Reader reader)
    {
        reader.Array(2);
        return new([.. ReadAddresses(ref reader)], [.. ReadAddresses(ref reader)]);
    }

    internal static byte[] EncodeIncluded(Round round)
    {
        var writer = new Writer().Array(3).Digest(round.Lot);
        Write(writer, round.Included);
        Write(writer, round.IncludedRoots);
        return writer.ToArray();
    }

    internal static Round WithIncluded(Round round, ref Reader reader)
    {
        reader.Array(3);
        return round with
        {
            Lot = reader.Digest(),
            Included = [.. ReadAddresses(ref reader)],
            IncludedRoots = [.. ReadAddresses(ref reader)],
        };
    }

    private static void Write(Writer writer, IReadOnlyCollection<Address> addresses)
    {
        writer.Array(addresses.Count);
        foreach (var address in addresses)
            writer.Address(address);
    }

    private static List<Address> ReadAddresses(ref Reader reader)
    {
        var addresses = new List<Address>();
        for (int i = 0, n = reader.Count(Limits.ContributorsMax); i < n && !reader.Failed; i++)
            addresses.Add(reader.Address());
        return addresses;
    }

    internal static byte[] Encode(RoundResult result) => new Writer().Array(8).UInt(result.Number).UInt(result.Height)
        .UInt(result.Time).Digest(result.Parameters).UInt(result.Exponent).UInt(result.Committed)
        .UInt(result.Revealed).UInt(result.Bytes).ToArray();

    internal static RoundResult ReadResult(ref Reader reader)
    {
        reader.Array(8);
        return new()
        {
            Number = reader.UInt32(),
            Height = reader.UInt(),
            Time = reader.UInt(),
            Parameters = reader.Digest(),
            Exponent = reader.UInt32(),
            Committed = reader.UInt32(),
            Revealed = reader.UInt32(),
            Bytes = reader.UInt(),
            Paid = [],
        };
    }

    internal static byte[] EncodePayments(RoundResult result)
    {
        var writer = new Writer().Array(6).Digest(result.Lot).Digest(result.Server).Array(result.Paid.Length);
        foreach (var (contributor, reward, verdict, blob, order) in result.Paid)
            verdict.Write(writer.Array(5).Address(contributor).UInt(reward).Digest(blob).UInt(order));
        writer.Array(result.Roots.Length);
        foreach (var (scorer, weight, blob) in result.Roots)
            writer.Array(3).Address(scorer).UInt(weight).Digest(blob);
        CloseRound.Write(writer, result.Cosines);
        writer.Array(result.Evaluations.Count);
        foreach (var (contributor, evaluation) in result.Evaluations)
            writer.Array(4).Address(contributor)
                .UInt(evaluation.Correct).UInt(evaluation.Total).UInt(evaluation.Loss);
        return writer.ToArray();
    }

    internal static RoundResult WithPayments(RoundResult result, ref Reader reader)
    {
        reader.Array(6);
        result = result with { Lot = reader.Digest(), Server = reader.Digest() };
        var paid = ImmutableArray.CreateBuilder<Payment>();
        for (int i = 0, n = reader.Count(Limits.ContributorsMax); i < n && !reader.Failed; i++)
        {
            reader.Array(5);
            var (contributor, reward) = (reader.Address(), reader.UInt());
            var (blob, order) = (reader.Digest(), reader.UInt32());
            paid.Add(new(contributor, reward, Verdict.Read(ref reader), blob, order));
        }
        var roots = ImmutableArray.CreateBuilder<JudgingRoot>();
        for (int i = 0, n = reader.Count(Limits.ContributorsMax); i < n && !reader.Failed; i++)
        {
            reader.Array(3);
            roots.Add(new(reader.Address(), reader.UInt(Limits.SupplyMax), reader.Digest()));
        }
        result = result with { Cosines = CloseRound.ReadCosines(ref reader) };
        var evaluations = ImmutableSortedDictionary.CreateBuilder<Address, Evaluation>();
        for (int i = 0, n = reader.Count(Limits.ContributorsMax); i < n && !reader.Failed; i++)
        {
            reader.Array(4);
            evaluations[reader.Address()] = new(reader.UInt32(), reader.UInt32(), reader.UInt32());
        }
        return result with
        {
            Paid = paid.ToImmutable(),
            Roots = roots.ToImmutable(),
            Evaluations = evaluations.ToImmutable(),
        };
    }
}
