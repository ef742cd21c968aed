using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;

namespace Ledger.Node.Simulation;

/// <summary>
/// Sees everything that is said and decided, knows who is honest, and notes what must never happen. It shares no code
/// with the rules: quorums, locks and sums are worked out here from what was seen. P1 and the like are the numbers of
/// the properties.
/// </summary>
internal sealed class Oracle
{
    // Votes of heights further back than this concern nobody any more.
    private const ulong HeightsKept = 128;

    private readonly Dictionary<(Address, ulong Height, uint, VoteKind), Vote> votes = [];
    private readonly Dictionary<(Address, ulong Height, uint), Proposal> offers = [];
    private readonly Dictionary<(ulong Height, Digest, uint), Dictionary<uint, HashSet<Address>>> prevotes = [];
    private readonly Dictionary<(Address, ulong Height), (uint Round, Digest Block)> locks = [];
    private readonly Dictionary<ulong, ValidatorSet> sets = [];
    private readonly Dictionary<ulong, (Digest Block, ulong Time)> decided = [];
    private readonly HashSet<(Address, ulong, uint, VoteKind)> equivocations = [];
    private readonly HashSet<Digest> forged = [];
    private readonly Conduct conduct = new();
    private UInt128 supply;
    private byte[] lastHeard = [];

    internal List<string> Violations { get; } = [];

    internal ulong Highest { get; private set; }

    internal int LateRounds { get; private set; }

    internal int Locks { get; private set; }

    /// <summary>Rounds in which a dishonest validator voted twice.</summary>
    internal int Equivocations => equivocations.Count;

    /// <summary>A dishonest proposer knows that nobody may vote for its block.</summary>
    internal void Forged(Digest block) => forged.Add(block);

    internal void Begin(ChainState first)
    {
        supply = Sum(first);
        sets[1] = first.Validators;
    }

    internal void Fail(string what)
    {
        if (Violations.Count < 20)
            Violations.Add(what);
    }

    /// <summary>A node sends this, to one more peer or to its first.</summary>
    internal void Hear(SimulatedNode node, byte[] message)
    {
        // These kinds on the wire are ballots, offers and certificates; one message goes to many peers.
        if (ReferenceEquals(message, lastHeard) || message.Length < 2 || message[1] is not (2 or 3 or 12 or 14))
            return;
        lastHeard = message;
        if (!WireCodec.TryDecode(message, out var decoded))
            return;
        if (decoded is WireMessage.Certified proof)
            Shown(node, proof.Certificate);
        foreach (var own in decoded.Votes.Where(v => v.Vote.Validator == node.Self))
            Signed(own.Vote, node.IsTrusted);
        if (decoded is WireMessage.Offer { Proposal: var offer } && node.IsTrusted
            && offer.Proposal.Proposer == node.Self)
            Proposed(node, offer);
    }

    // Who withholds its vote may still show it in a certificate; and a vote that a crash kept from being sent comes to
    // light in one that its voter makes from its log.
    private void Shown(SimulatedNode node, Certificate certificate, Action<Vote>? forged = null)
    {
        foreach (var shown in certificate.Votes)
        {
            var honest = node.World.IsTrusted(shown.Vote.Validator);
            if (!honest || Verifier.Check(node.Replica!.Head.State.ChainId, shown) is not null)
                Signed(shown.Vote, honest);
            else
                forged?.Invoke(shown.Vote);
        }
    }

    // Whoever proposes stands before that height, and its block follows from there.
    private void Proposed(SimulatedNode node, SignedProposal own)
    {
        var offer = own.Proposal;
        var place = (offer.Proposer, offer.Height, offer.Round);
        if (!offers.TryAdd(place, offer))
        {
            if (offers[place] != offer)
                Fail($"P5 node {node.Index} proposes twice: {offer}");
            return;
        }
        var (state, block) = (node.Replica!.Head.State, own.Block);
        if (state.Height + 1 != offer.Height || node.AggregatesOtherwise)
            return;
        var fault = Transition.TryApply(state, block, out _);
        if (fault != BlockFault.None || block.Closings.Any(c => c != StubLearning.Closing(state.Tasks[c.Task])))
            Fail($"P2 node {node.Index} proposes {offer.Block.Short}, which does not follow: {fault}");
    }

    /// <summary>A node has done something: look at what it has become.</summary>
    internal void Observe(SimulatedNode node)
    {
        var head = node.Replica!.Head;
        // Who began with a snapshot has no blocks before its last one.
        if (node.SeenHeight == 0 && head.State.Height > 1 && node.Store.Block(1) is null)
            node.SeenHeight = head.State.Height - 1;
        for (; node.SeenHeight < head.State.Height; node.SeenHeight++)
            Decided(node, node.SeenHeight + 1 == head.State.Height
                ? (head.State.LastBlock, head.State.Time, head.Certificate!)
                : node.Stored(node.SeenHeight + 1));
        if (node.Seen != head.State)
            Watch(node, head.State);
        if (node.Replica.Agreement is not { } agreement)
            return;
        if (node.IsTrusted && conduct.Fault(node, node.SeenRound, agreement) is { } fault)
            Fail($"{fault} (node {node.Index})");
        if (!ReferenceEquals(node.SeenRound, agreement.State))
            Watch(node, agreement);
    }

    /// <summary>A submitter was told that its transaction is in the block of this height.</summary>
    internal void Acknowledged(SimulatedNode node, Digest transaction, ulong height)
    {
        if (node.Store.Block(height) is not var (block, _)
            || !block.Transactions.Any(t => t.Body.Id(block.Header.ChainId) == transaction))
            Fail($"P19 node {node.Index} says that {transaction.Short} is in block {height}, where it is not");
    }

    private void Signed(Vote vote, bool honest)
    {
        var key = (vote.Validator, vote.Height, vote.Round, vote.Kind);
        var before = votes.GetValueOrDefault(key);
        if (before is not null && before != vote && honest)
            Fail($"P5 double vote: {vote} after {before}");
        else if (before is not null && before != vote)
            equivocations.Add(key);
        votes[key] = vote;
        if (vote is { Kind: VoteKind.Prevote, Block: { } block })
            Count(vote, block);
        if (honest && vote.Block is { } forgery && forged.Contains(forgery))
            Fail($"P2 {vote} for a block that nobody may vote for");
        if (honest && before is null)
            CheckLock(vote);
    }

    // Prevotes for one block with another valid round are of another ballot; none is written as the greatest.
    private void Count(Vote vote, Digest block)
    {
        var place = (vote.Height, block, vote.Round);
        if (!prevotes.TryGetValue(place, out var ballots))
            prevotes[place] = ballots = [];
        if (!ballots.TryGetValue(vote.ValidRound ?? uint.MaxValue, out var voters))
            ballots[vote.ValidRound ?? uint.MaxValue] = voters = [];
        voters.Add(vote.Validator);
    }

    // A vote names a polka that was; and who precommitted a block prevotes only for what had a polka since then.
    private void CheckLock(Vote vote)
    {
        // What was said of heights long past is forgotten here too.
        if (vote.Block is not { } block || vote.Height + HeightsKept < Highest)
            return;
        var key = (vote.Validator, vote.Height);
        if (vote.Kind == VoteKind.Precommit)
        {
            if (!HadPolka(vote.Height, block, vote.Round, vote.Round))
                Fail($"P4 {vote} without a polka");
            locks[key] = (vote.Round, block);
        }
        else if (vote.ValidRound is { } named
            && (named >= vote.Round || !HadPolka(vote.Height, block, named, named)))
            Fail($"P4 {vote} names a polka that never was");
        else if (locks.TryGetValue(key, out var held) && held.Round < vote.Round
            && !(vote.ValidRound >= held.Round))
            Fail($"P4 {vote} breaks the lock on {held.Block.Short} of round {held.Round}");
    }

    private bool HadPolka(ulong height, Digest block, uint from, uint to)
    {
        for (var round = from; round <= to; round++)
            if (prevotes.TryGetValue((height, block, round), out var ballots)
                && ballots.Values.Any(voters => IsQuorum(height, voters)))
                return true;
        return false;
    }

    /// <summary>Whether some validators hold a quorum of the newest set that is known.</summary>
    internal bool IsQuorum(IEnumerable<Address> validators) => IsQuorum(sets.Keys.Max(), validators);

    private bool IsQuorum(ulong height, IEnumerable<Address> voters)
    {
        if (!sets.TryGetValue(height, out var set))
            return true;
        UInt128 all = 0, some = 0;
        var named = voters as HashSet<Address> ?? [.. voters];
        foreach (var validator in set.Validators)
        {
            all += validator.Stake;
            some += named.Contains(validator.Address) ? validator.Stake : 0;
        }
        return some * 3 > all * 2;
    }

    private void Decided(SimulatedNode node, (Digest Block, ulong Time, CommitCertificate Certificate) what)
    {
        var height = node.SeenHeight + 1;
        if (decided.TryGetValue(height, out var known))
        {
            if (known.Block != what.Block && node.IsTrusted)
                Fail($"P1 split at height {height}: {known.Block.Short}, and {what.Block.Short} at node {node.Index}");
            return;
        }
        if (!node.IsTrusted)
            return;
        decided[height] = (what.Block, what.Time);
        Highest = Math.Max(Highest, height);
        LateRounds += what.Certificate.Round > 0 ? 1 : 0;
        if (decided.TryGetValue(height - 1, out var before) && what.Time <= before.Time)
            Fail($"P2 the time of block {height} does not come after that of the block before");
        Check(node, height, what.Block, what.Certificate);
        Forget();
    }

    private void Check(SimulatedNode node, ulong height, Digest block, CommitCertificate certificate)
    {
        var signers = certificate.Signatures.Select(s => s.Validator).ToHashSet();
        if (certificate.Block != block || certificate.Height != height || signers.Count != certificate.Signatures.Length
            || !IsQuorum(height, signers))
            Fail($"P6 the certificate of height {height} at node {node.Index} proves nothing");
        Shown(node, certificate, vote =>
            Fail($"P6 {vote.Validator} never signed what stands in the certificate of {height}"));
    }

    private void Watch(SimulatedNode node, ChainState state)
    {
        node.Seen = state;
        if (!node.IsTrusted)
            return;
        if (sets.TryAdd(state.Height + 1, state.Validators))
        {
            if (Sum(state) != supply)
                Fail($"P15 after block {state.Height} there are {Sum(state)} tokens, not {supply}");
        }
        else if (sets[state.Height + 1].Digest() != state.Validators.Digest())
            Fail($"P14 node {node.Index} has other validators for height {state.Height + 1}");
    }

    private void Watch(SimulatedNode node, Agreement agreement)
    {
        var (before, now) = (node.SeenRound, agreement.State);
        var same = node.SeenAgreementHeight == agreement.Height;
        (node.SeenRound, node.SeenAgreementHeight) = (now, agreement.Height);
        Locks += now.Locked is not null && (!same || before?.Locked != now.Locked) ? 1 : 0;
        if (!node.IsTrusted)
            return;
        if (PlaceOf(now.Locked) > PlaceOf(now.Valid) || now.Valid?.Round > now.Round
            || same && before is not null && (PlaceOf(before.Locked) > PlaceOf(now.Locked)
                || PlaceOf(before.Valid) > PlaceOf(now.Valid) || before.Round > now.Round))
            Fail($"P4 node {node.Index} goes back at height {agreement.Height}: {before} to {now}");
        // What a crash took from the log the guard still knows: who forgot its precommit may lock, but is kept silent.
        if (now.Locked is { } held && !node.WasRestarted
            && votes.GetValueOrDefault((node.Self, agreement.Height, held.Round, VoteKind.Precommit)) is { } said
            && said.Block != held.Block)
            Fail($"P4 node {node.Index} is locked on {held.Block.Short}, having said {said}");
    }

    private static long PlaceOf(Polka? polka) => polka?.Round ?? -1L;

    private void Forget()
    {
        if (Highest % HeightsKept != 0)
            return;
        var oldest = Highest - Math.Min(Highest, HeightsKept);
        Forget(votes, k => k.Height < oldest);
        Forget(offers, k => k.Height < oldest);
        Forget(prevotes, k => k.Height < oldest);
        Forget(locks, k => k.Height < oldest);
        conduct.Forget(oldest);
    }

    private static void Forget<TKey, TValue>(Dictionary<TKey, TValue> table, Func<TKey, bool> old)
        where TKey : notnull
    {
        foreach (var key in table.Keys.Where(old).ToList())
            table.Remove(key);
    }

    // Every token is in a balance, a stake, on its way back from one, in the pot or the deposits of a task, or burned.
    private static UInt128 Sum(ChainState state)
    {
        UInt128 sum = state.Burned;
        foreach (var account in state.Accounts.Values)
            sum += (UInt128)account.Balance + account.Stake;
        foreach (var amount in state.Unbondings.Values)
            sum += amount;
        foreach (var task in state.Tasks.Values)
            sum += (UInt128)task.Pool + (UInt128)task.Spec.Deposit * (uint)task.Round.Contributions.Count;
        return sum;
    }
}
