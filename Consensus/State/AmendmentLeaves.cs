using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Tree;

namespace Ledger.Consensus.State;

/// <summary>The leaves of the chain's rules: those that hold, those that will, and who votes for others.</summary>
internal static class AmendmentLeaves
{
    private const byte RulesKey = 17, ScheduledKey = 18, VoteKey = 19;

    internal static readonly (byte Kind, StateLeaves.Changed Changed, StateLeaves.TryAdd TryAdd)[] Kinds =
    [
        (RulesKey, Rules, TryAddRules),
        (ScheduledKey, Scheduled, TryAddScheduled),
        (VoteKey, (b, a) => StateLeaves.Differences(b?.AmendmentVotes, a.AmendmentVotes, KeyOf, Encode), TryAddVote),
    ];

    private static IEnumerable<LeafChange> Rules(ChainState? before, ChainState after)
    {
        if (before is not null && before.Version == after.Version && before.Parameters == after.Parameters)
            return [];
        var writer = new Writer().Array(2).UInt(after.Version);
        after.Parameters.Write(writer);
        return [new([RulesKey], writer.ToArray())];
    }

    private static bool TryAddRules(ref ChainState state, ReadOnlySpan<byte> key, ref Reader value)
    {
        value.Array(2);
        state = state with { Version = value.UInt32(), Parameters = ChainParameters.Read(ref value) };
        return key.IsEmpty;
    }

    private static IEnumerable<LeafChange> Scheduled(ChainState? before, ChainState after) =>
        before?.Scheduled == after.Scheduled
            ? []
            : [new([ScheduledKey], after.Scheduled is { } scheduled ? Encode(scheduled) : null)];

    private static bool TryAddScheduled(ref ChainState state, ReadOnlySpan<byte> key, ref Reader value)
    {
        state = state with { Scheduled = Amendment.Read(ref value) };
        return key.IsEmpty;
    }

    private static byte[] KeyOf(Address address) => [VoteKey, .. address.Key.ToArray()];

    private static bool TryAddVote(ref ChainState state, ReadOnlySpan<byte> key, ref Reader value)
    {
        if (key.Length != PublicKey.Size)
            return false;
        state = state with
        {
            AmendmentVotes = state.AmendmentVotes.SetItem(new(PublicKey.From(key)), Amendment.Read(ref value)),
        };
        return true;
    }

    private static byte[] Encode(Amendment amendment)
    {
        var writer = new Writer();
        amendment.Write(writer);
        return writer.ToArray();
    }
}
