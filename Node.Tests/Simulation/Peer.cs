using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Node.Tests.Consensus.Engine;

namespace Ledger.Node.Tests.Simulation;

/// <summary>
/// An honest host of the agreement engine: performs effects in order, signs once, logs every input before the engine
/// sees it, and after a crash replays the log. The fields marked durable survive.
/// </summary>
internal class Peer
{
    private const double GossipEvery = 250;

    private readonly Guards guards;
    private readonly Queue<Effect> pending = [];
    private Agreement? agreement;
    private RoundState before = new();
    private bool busy;
    private int incarnation;
    private uint blocks;

    // Durable.
    private readonly List<Input> log = [];
    private readonly List<Effect> performed = [];
    private readonly Dictionary<(ulong, uint, VoteKind), SignedVote> votes = [];
    private readonly Dictionary<(ulong, uint), SignedProposal> proposals = [];

    internal Peer(World world, int index, Guards? guards = null) =>
        (World, Index, this.guards) = (world, index, guards ?? new());

    internal int Index { get; }

    internal Address Address => Table.Seat(Index);

    internal virtual bool IsHonest => true;

    /// <summary>Whether a restart finds neither the log nor what was signed: a planted bug.</summary>
    internal bool LosesItsDisk { get; init; }

    /// <summary>The decided blocks, each with its proof. Durable.</summary>
    internal List<(Block Block, CommitCertificate Certificate)> Chain { get; } = [];

    internal ulong Height => (ulong)Chain.Count + 1;

    protected World World { get; }

    protected Agreement? Agreement => agreement;

    internal void Start()
    {
        Restart();
        Gossip();
    }

    internal virtual void Receive(Peer from, Message message)
    {
        if (agreement is null)
            return;
        switch (message)
        {
            case Message.Ballot ballot when ballot.Vote.Vote.Height == Height:
                Feed(new Input.Voted(new(ballot.Vote)));
                break;
            case Message.Offer offer when offer.Proposal.Proposal.Height == Height:
                Feed(new Input.Proposed(new(offer.Proposal), (ulong)World.Now));
                break;
            case Message.Proof proof when agreement.Wants(proof.Certificate):
                Feed(new Input.Certified(new(proof.Certificate)));
                break;
            case Message.Decided decided when decided.Certificate.Height == Height:
                Commit(decided.Block, decided.Certificate);
                break;
            case Message.Status status:
                Answer(from, status);
                break;
        }
    }

    private void Crash()
    {
        World.Oracle.Crashes++;
        (agreement, incarnation) = (null, incarnation + 1);
        pending.Clear();
        if (LosesItsDisk)
        {
            log.Clear();
            performed.Clear();
            votes.Clear();
            proposals.Clear();
        }
        World.After(World.Delay(1_000), Restart);
    }

    /// <summary>Replays the log of the height; then performs all that came out, again or for the first time.</summary>
    internal void Restart()
    {
        if (agreement is not null)
            return;
        agreement = new(Address, World.Timeouts, World.Synchrony, guards);
        List<Effect> effects = [.. agreement.Start(Height, World.SetOf(Height)), .. log.SelectMany(agreement.Handle)];
        if (performed.Count > 0 && !effects.SequenceEqual(performed))
            World.Oracle.Violations.Add($"peer {Index} replays to something else");
        before = agreement.State;
        performed.Clear();
        Perform(effects);
    }

    protected virtual void Cast(Vote vote)
    {
        var key = (vote.Height, vote.Round, vote.Kind);
        if (!votes.TryGetValue(key, out var signed))
            votes[key] = signed = new(vote, default);
        World.Oracle.Signed(signed.Vote);
        if (Crashes())
            return;
        Broadcast(new Message.Ballot(signed));
        Feed(new Input.Voted(new(signed)));
    }

    protected virtual void Propose(Proposal proposal, Block block)
    {
        var key = (proposal.Height, proposal.Round);
        if (!proposals.TryGetValue(key, out var signed))
            proposals[key] = signed = new(proposal, default, block);
        World.Oracle.Offered(signed.Proposal);
        Broadcast(new Message.Offer(signed));
        Feed(new Input.Proposed(new(signed), (ulong)World.Now));
    }

    protected virtual void Broadcast(Message message)
    {
        foreach (var peer in World.Peers.Where(p => p != this))
            World.Send(this, peer, message);
    }

    protected virtual void Tick() =>
        World.Send(this, Someone(), StatusNow());

    protected Peer Someone() =>
        World.Peers[(Index + 1 + World.Random.Next(World.Peers.Count - 1)) % World.Peers.Count];

    // Votes and proposals that the other has not; where we know a quorum and it does not, the certificate, as an
    // equivocator may have shown it another vote.
    protected virtual void Answer(Peer to, Message.Status status)
    {
        if (agreement is null || status.Height > Height)
            return;
        if (status.Height < Height)
        {
            var (block, certificate) = Chain[(int)status.Height - 1];
            World.Send(this, to, new Message.Decided(block, certificate));
            return;
        }
        var theirs = status.Votes.ToDictionary(k => (k.Round, k.Kind));
        foreach (var round in agreement.Votes.Rounds)
        {
            foreach (var proposal in agreement.Proposals(round))
                if (!status.Offers.Contains((round, proposal.Proposal.Block)))
                    World.Send(this, to, new Message.Offer(proposal));
            foreach (var kind in (VoteKind[])[VoteKind.Prevote, VoteKind.Precommit])
                SendMissing(to, round, kind, theirs.GetValueOrDefault((round, kind)));
        }
    }

    protected Block NewBlock(uint version = Header.CurrentVersion)
    {
        var previous = Chain is [.., var last] ? last.Block.Id : default;
        var salt = Digest.OfBlob([(byte)Index, .. BitConverter.GetBytes(++blocks)]);
        return new(
            new(version, default, Height, (ulong)World.Now, previous, default, default, default, default, default,
                default, salt, Address),
            null, [], [], []);
    }

    protected void Feed(Input input)
    {
        if (agreement is null)
            return;
        log.Add(input);
        var effects = agreement.Handle(input);
        if (IsHonest)
            World.Oracle.Observe(before, agreement.State);
        before = agreement.State;
        Perform(effects);
    }

    private void SendMissing(Peer to, uint round, VoteKind kind, Message.Known? theirs)
    {
        foreach (var vote in agreement!.Votes.Votes(round, kind))
            if (theirs is null || !theirs.Has(World.SetOf(Height).IndexOf(vote.Vote.Validator)))
                World.Send(this, to, new Message.Ballot(vote));
        Certificate? quorum = kind == VoteKind.Prevote ? agreement.Votes.Polka(round) : agreement.Votes.Commit(round);
        if (quorum is not null && theirs?.Quorum is null)
            World.Send(this, to, new Message.Proof(quorum));
    }

    private void Gossip()
    {
        if (agreement is not null)
            Tick();
        World.After(GossipEvery * (0.5 + World.Random.NextDouble()), Gossip);
    }

    private Message.Status StatusNow()
    {
        var known = agreement!.Votes.Rounds.SelectMany(r => new[] { (r, VoteKind.Prevote), (r, VoteKind.Precommit) })
            .Select(k => new Message.Known(
                k.r, k.Item2, agreement.Votes.Bitmap(k.r, k.Item2), agreement.Votes.QuorumBlock(k.r, k.Item2)));
        var offers = Enumerable.Range(0, (int)agreement.State.Round + 3)
            .SelectMany(r => agreement.Proposals((uint)r).Select(p => ((uint)r, p.Proposal.Block)));
        return new(Height, [.. known], [.. offers]);
    }

    // One effect leads to inputs and these to further effects: a queue keeps their order.
    private void Perform(IEnumerable<Effect> effects)
    {
        foreach (var effect in effects)
        {
            performed.Add(effect);
            pending.Enqueue(effect);
        }
        if (busy)
            return;
        busy = true;
        while (pending.TryDequeue(out var effect))
            if (!Crashes())
                Perform(effect);
        busy = false;
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case Effect.Cast(var vote):
                Cast(vote);
                break;
            case Effect.Propose(var proposal, var block):
                Propose(proposal, block);
                break;
            case Effect.Build(_, var round):
                Later(World.Delay(20), () => Feed(new Input.Built(round, NewBlock())));
                break;
            case Effect.Validate(var block):
                var valid = block.Header.Version == Header.CurrentVersion;
                Later(World.Delay(20), () => Feed(new Input.Validated(block.Id, valid)));
                break;
            case Effect.SetTimer(var height, var round, var step, var milliseconds):
                Later(milliseconds, () => Feed(new Input.TimedOut(height, round, step)));
                break;
            case Effect.Decide(var block, var certificate):
                Commit(block, certificate);
                break;
            case Effect.Publish(var certificate):
                Broadcast(new Message.Proof(certificate));
                break;
            case Effect.Accuse(var evidence) when IsHonest:
                World.Oracle.Accused(evidence);
                break;
        }
    }

    // A crash forgets what was going to happen; so does the next height.
    private void Later(double milliseconds, Action action)
    {
        var (born, height) = (incarnation, Height);
        World.After(milliseconds, () =>
        {
            if (incarnation == born && Height == height)
                action();
        });
    }

    private void Commit(Block block, CommitCertificate certificate)
    {
        if (IsHonest)
            World.Oracle.Decided(block, certificate);
        Chain.Add((block, certificate));
        log.Clear();
        performed.Clear();
        pending.Clear();
        var effects = agreement!.Start(Height, World.SetOf(Height));
        before = agreement.State;
        Perform(effects);
    }

    private bool Crashes()
    {
        if (!IsHonest || !World.Chance(World.Weather.Crash))
            return false;
        Crash();
        return true;
    }
}
