using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;

namespace Ledger.Node.Tests.Simulation;

/// <summary>
/// Sees everything that is signed and decided, knows who is honest, and notes what must never happen. It shares no code
/// with the rules: locks and polkas are worked out here from the votes alone.
/// </summary>
internal sealed class Oracle
{
    private readonly Dictionary<(Address, ulong, uint, VoteKind), Vote> signed = [];
    private readonly Dictionary<(Address, ulong, uint), Proposal> proposed = [];
    private readonly Dictionary<(ulong, Digest), SortedDictionary<uint, HashSet<Address>>> prevotes = [];
    private readonly Dictionary<(Address, ulong), (uint Round, Digest Block)> locks = [];
    private readonly HashSet<Vote> everything = [];
    private readonly HashSet<Address> dishonest = [];

    internal ValidatorSet Validators { get; set; } = null!;

    internal List<string> Violations { get; } = [];

    internal Dictionary<ulong, Digest> Decisions { get; } = [];

    internal int LateDecisions { get; private set; }

    internal int Locks { get; private set; }

    internal int Unlocks { get; private set; }

    internal int EquivocationsSeen { get; private set; }

    internal int Crashes { get; set; }

    internal void Distrust(Address address) => dishonest.Add(address);

    internal void Signed(Vote vote)
    {
        everything.Add(vote);
        if (vote is { Kind: VoteKind.Prevote, Block: { } block })
        {
            if (!prevotes.TryGetValue((vote.Height, block), out var rounds))
                prevotes[(vote.Height, block)] = rounds = [];
            if (!rounds.TryGetValue(vote.Round, out var voters))
                rounds[vote.Round] = voters = [];
            voters.Add(vote.Validator);
        }
        if (dishonest.Contains(vote.Validator))
            return;
        var key = (vote.Validator, vote.Height, vote.Round, vote.Kind);
        if (signed.TryGetValue(key, out var before) && before != vote)
            Violations.Add($"double vote: {vote} after one for {before.Block?.Short}");
        signed[key] = vote;
        CheckLock(vote);
    }

    internal void Offered(Proposal proposal)
    {
        if (!dishonest.Contains(proposal.Proposer)
            && !proposed.TryAdd((proposal.Proposer, proposal.Height, proposal.Round), proposal)
            && proposed[(proposal.Proposer, proposal.Height, proposal.Round)] != proposal)
            Violations.Add($"double proposal: {proposal}");
    }

    internal void Decided(Block block, CommitCertificate certificate)
    {
        var height = block.Header.Height;
        if (Decisions.TryGetValue(height, out var other) && other != block.Id)
            Violations.Add($"split at height {height}: {other.Short} and {block.Id.Short}");
        Decisions[height] = block.Id;
        LateDecisions += certificate.Round > 0 ? 1 : 0;
        if (block.Header.Version != Header.CurrentVersion)
            Violations.Add($"an invalid block was decided at height {height}");
        if (height > 1 && block.Header.PreviousBlock != Decisions[height - 1])
            Violations.Add($"block {block.Id.Short} of height {height} does not follow the one before");
        CheckCertificate(certificate);
    }

    internal void Accused(Evidence evidence)
    {
        EquivocationsSeen++;
        if (!dishonest.Contains(evidence.Offender))
            Violations.Add($"an honest validator is accused: {evidence}");
    }

    internal void Observe(RoundState before, RoundState after)
    {
        if (after.Locked?.Round > after.Valid?.Round || after.Valid?.Round > after.Round
            || before.Locked?.Round > after.Locked?.Round || before.Valid?.Round > after.Valid?.Round)
            Violations.Add($"locks go back: {before} to {after}");
        Locks += after.Locked != before.Locked ? 1 : 0;
        Unlocks += after.Locked?.Block != before.Locked?.Block && before.Locked is not null ? 1 : 0;
    }

    // Who precommitted a block votes for another one only if that had a polka in the same round or later.
    private void CheckLock(Vote vote)
    {
        if (vote.Block is not { } block)
            return;
        var key = (vote.Validator, vote.Height);
        if (vote.Kind == VoteKind.Precommit)
            locks[key] = (vote.Round, block);
        else if (locks.TryGetValue(key, out var held) && held.Block != block && held.Round < vote.Round
            && !prevotes[(vote.Height, block)].Any(r => r.Key >= held.Round && r.Key < vote.Round && IsQuorum(r.Value)))
            Violations.Add($"{vote} breaks the lock on {held.Block.Short} of round {held.Round}");
    }

    private void CheckCertificate(CommitCertificate certificate)
    {
        var signers = certificate.Signatures.Select(s => s.Validator).ToList();
        var real = signers.TrueForAll(s => everything.Contains(
            new(VoteKind.Precommit, certificate.Height, certificate.Round, certificate.Block, s)));
        if (!real || !signers.SequenceEqual(signers.Distinct().Order()) || !IsQuorum(signers))
            Violations.Add($"certificate of height {certificate.Height} proves nothing");
    }

    private bool IsQuorum(IEnumerable<Address> voters)
    {
        UInt128 stake = 0;
        foreach (var voter in voters)
            stake += Validators.StakeOf(voter) ?? 0;
        return Validators.IsQuorum(stake);
    }
}
