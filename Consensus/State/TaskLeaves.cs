using System.Buffers.Binary;
using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Tree;

namespace Ledger.Consensus.State;

/// <summary>
/// The leaves of tasks: what is fixed, how far it is, and one for each shard, contribution, validator's word and
/// result. Recipes and lists stay out of the leaves that people want proofs of. A key is the kind, the task's id and,
/// where there are several, an address or a round number.
/// </summary>
public static class TaskLeaves
{
    // Terms come first: without them no other leaf of a task has a place.
    private const byte TermsKey = 2, ResultKey = 3, PaymentsKey = 8, ProgressKey = 9, ShardKey = 10;
    private const byte ContributionKey = 11, HeldKey = 12, IncludedKey = 13, ScorerKey = 16;

    /// <summary>The rows of <see cref="StateLeaves"/> that are about tasks.</summary>
    internal static readonly (byte, StateLeaves.Changed, StateLeaves.TryAdd)[] Kinds =
    [
        (TermsKey, Each(Terms), TryAddTerms),
        Row(ResultKey, Results, AddResult),
        Row(PaymentsKey, Payments, AddPayments),
        Row(ProgressKey, Progress, AddProgress),
        Row(ShardKey, (a, b) => Entries(b.Id, ShardKey, a?.Shards, b.Shards, TaskCodec.Encode), AddShard),
        Row(ContributionKey, Contributions, AddContribution),
        Row(ScorerKey, Scorers, AddScorer),
        Row(HeldKey, (a, b) => Entries(b.Id, HeldKey, a?.Round.Held, b.Round.Held, TaskCodec.Encode), AddHeld),
        Row(IncludedKey, Included, AddIncluded),
    ];

    private delegate LearningTask? Add(LearningTask task, ReadOnlySpan<byte> of, ref Reader value);

    /// <summary>The key of the leaf that says how far a task is.</summary>
    public static byte[] KeyOfProgress(Digest task) => Key(ProgressKey, task);

    /// <summary>The key of the leaf with a round's result: the one that makes parameters canonical.</summary>
    public static byte[] KeyOfResult(Digest task, uint round) => Key(ResultKey, task, BigEndian(round));

    /// <summary>The key of the leaf with what a round paid and how its model was evaluated.</summary>
    public static byte[] KeyOfPayments(Digest task, uint round) => Key(PaymentsKey, task, BigEndian(round));

    /// <summary>A round's result without payments and evaluations; null where the value does not decode.</summary>
    public static RoundResult? ReadResult(ReadOnlySpan<byte> value)
    {
        var reader = new Reader(value);
        var result = TaskCodec.ReadResult(ref reader);
        return reader.Finished ? result : null;
    }

    /// <summary>The same result with payments and evaluations; null where the value does not decode.</summary>
    public static RoundResult? ReadPayments(RoundResult result, ReadOnlySpan<byte> value)
    {
        var reader = new Reader(value);
        var paid = TaskCodec.WithPayments(result, ref reader);
        return reader.Finished ? paid : null;
    }

    /// <summary>How far a task is; null where the value does not decode.</summary>
    public static TaskProgress? ReadProgress(ReadOnlySpan<byte> value)
    {
        var reader = new Reader(value);
        var progress = TaskCodec.ReadProgress(ref reader);
        return reader.Finished ? progress : null;
    }

    private static byte[] Key(byte kind, Digest task, ReadOnlySpan<byte> of = default) =>
        [kind, .. task.ToArray(), .. of];

    private static byte[] BigEndian(uint number)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }

    private static Address? AddressOf(ReadOnlySpan<byte> bytes) =>
        bytes.Length == PublicKey.Size ? new Address(PublicKey.From(bytes)) : null;

    private static (byte, StateLeaves.Changed, StateLeaves.TryAdd) Row(
        byte kind, Func<LearningTask?, LearningTask, IEnumerable<LeafChange>> changed, Add add) =>
        (kind, Each(changed), (ref state, key, ref value) =>
        {
            if (key.Length < Digest.Size || !state.Tasks.TryGetValue(Digest.From(key[..Digest.Size]), out var task)
                || add(task, key[Digest.Size..], ref value) is not { } more)
                return false;
            state = state.With(more);
            return true;
        }
    );

    // No rule removes a task.
    private static StateLeaves.Changed Each(Func<LearningTask?, LearningTask, IEnumerable<LeafChange>> changed) =>
        (before, after) => (before is null ? after.Tasks.Keys : after.Tasks.Changed).SelectMany(
            id => changed(before?.Tasks.GetValueOrDefault(id), after.Tasks[id]));

    private static IEnumerable<LeafChange> Terms(LearningTask? before, LearningTask after) =>
        before is null ? [new(Key(TermsKey, after.Id), TaskCodec.EncodeTerms(after))] : [];

    private static bool TryAddTerms(ref ChainState state, ReadOnlySpan<byte> key, ref Reader value)
    {
        if (key.Length != Digest.Size)
            return false;
        value.Array(2);
        var owner = value.Address();
        var task = LearningTask.Create(Digest.From(key), owner, TaskSpec.Read(ref value), 0, 0);
        state = state.With(task with { Results = [] });
        return true;
    }

    private static IEnumerable<LeafChange> Progress(LearningTask? before, LearningTask after)
    {
        var (old, now) = (before is null ? null : TaskProgress.Of(before), TaskProgress.Of(after));
        return old == now ? [] : [new(KeyOfProgress(after.Id), TaskCodec.Encode(now))];
    }

    private static LearningTask? AddProgress(LearningTask task, ReadOnlySpan<byte> of, ref Reader value)
    {
        var progress = TaskCodec.ReadProgress(ref value);
        return of.IsEmpty && progress.Owner == task.Owner && progress.Name == task.Spec.Name
            ? progress.ToTask(task)
            : null;
    }

    // Results are only ever added, and stay leaves when they are old; of recent ones, only payments and evaluations may
    // change.
    private static IEnumerable<LeafChange> Results(LearningTask? before, LearningTask after) => after.Results
        .Where(result => before is null || result.Number > before.Results[^1].Number)
        .Select(result => new LeafChange(KeyOfResult(after.Id, result.Number), TaskCodec.Encode(result)));

    private static IEnumerable<LeafChange> Payments(LearningTask? before, LearningTask after) => after.Results
        .Where(result => !ReferenceEquals(before?.ResultOf(result.Number), result))
        .Select(result => new LeafChange(
            KeyOfPayments(after.Id, result.Number), TaskCodec.EncodePayments(result)));

    private static LearningTask? AddResult(LearningTask task, ReadOnlySpan<byte> of, ref Reader value)
    {
        var result = TaskCodec.ReadResult(ref value);
        var next = task.Results.IsEmpty ? 0 : task.Results[^1].Number + 1;
        return NumberOf(of) == next && result.Number == next ? task.With(result) : null;
    }

    private static LearningTask? AddPayments(LearningTask task, ReadOnlySpan<byte> of, ref Reader value)
    {
        if (NumberOf(of) is not { } number || task.Results.IsEmpty || number > task.Results[^1].Number)
            return null;
        var recent = task.ResultOf(number);
        var paid = TaskCodec.WithPayments(recent ?? task.Results[0], ref value);
        return recent is null ? task : task.Changed(paid);
    }

    private static uint? NumberOf(ReadOnlySpan<byte> of) =>
        of.Length == sizeof(uint) ? BinaryPrimitives.ReadUInt32BigEndian(of) : null;

    private static LearningTask? AddShard(LearningTask task, ReadOnlySpan<byte> of, ref Reader value) =>
        AddressOf(of) is { } owner
            ? task with { Shards = task.Shards.SetItem(owner, TaskCodec.ReadShard(ref value)) }
            : null;

    private static IEnumerable<LeafChange> Contributions(LearningTask? before, LearningTask after) => Entries(
        after.Id, ContributionKey, before?.Round.Contributions, after.Round.Contributions, TaskCodec.Encode);

    private static LearningTask? AddContribution(LearningTask task, ReadOnlySpan<byte> of, ref Reader value)
    {
        if (AddressOf(of) is not { } owner)
            return null;
        var contribution = TaskCodec.ReadContribution(ref value);
        return task with
        {
            Round = task.Round with { Contributions = task.Round.Contributions.SetItem(owner, contribution) },
        };
    }

    private static IEnumerable<LeafChange> Scorers(LearningTask? before, LearningTask after) => Entries(
        after.Id, ScorerKey, before?.Round.Scorers, after.Round.Scorers, TaskCodec.Encode);

    private static LearningTask? AddScorer(LearningTask task, ReadOnlySpan<byte> of, ref Reader value)
    {
        if (AddressOf(of) is not { } address)
            return null;
        var scorer = TaskCodec.ReadScorer(ref value);
        return task with { Round = task.Round with { Scorers = task.Round.Scorers.SetItem(address, scorer) } };
    }

    private static LearningTask? AddHeld(LearningTask task, ReadOnlySpan<byte> of, ref Reader value)
    {
        if (AddressOf(of) is not { } validator)
            return null;
        var held = TaskCodec.ReadHolding(ref value);
        return task with { Round = task.Round with { Held = task.Round.Held.SetItem(validator, held) } };
    }

    private static IEnumerable<LeafChange> Included(LearningTask? before, LearningTask after)
    {
        var (old, now) = (Closing(before), Closing(after));
        return old.AsSpan().SequenceEqual(now) ? [] : [new(Key(IncludedKey, after.Id), now)];

        // There even where nothing was included: the lot is part of what the closing says.
        static byte[]? Closing(LearningTask? task) =>
            task?.Round.Phase == Phase.Close ? TaskCodec.EncodeIncluded(task.Round) : null;
    }

    private static LearningTask? AddIncluded(LearningTask task, ReadOnlySpan<byte> of, ref Reader value) => of.IsEmpty
        ? task with { Round = TaskCodec.WithIncluded(task.Round, ref value) }
        : null;

    private static IEnumerable<LeafChange> Entries<T>(
        Digest task, byte kind, ImmutableSortedDictionary<Address, T>? before,
        ImmutableSortedDictionary<Address, T> after, Func<T, byte[]> encode) =>
        StateLeaves.Differences(before, after, address => Key(kind, task, address.Key.ToArray()), encode);
}
