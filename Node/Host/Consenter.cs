using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;
using Ledger.Node.Storage;

namespace Ledger.Node.Host;

/// <summary>
/// Runs the agreement: notes each input in the vote log, lets the pure machine think, and performs its effects in
/// order. A signature is in the guard before any peer can see it; what was signed once is never signed differently.
/// </summary>
internal sealed class Consenter(
    IClock clock, ChainHead head, Agreement agreement, VoteLog log, SignGuard guard, SecretKey key, BlockWork work,
    Action<WireMessage> broadcast, Action<Evidence> accuse, Action<Block> committed)
{
    private readonly Queue<Effect> effects = new();
    private bool performing;

    internal Address Self { get; } = new(key.PublicKey);

    /// <summary>
    /// Whether we keep quiet after a start: this home may be an older copy, and then the blocks that others have hold
    /// signatures of ours that its guard does not know. We vote once we are where the others are.
    /// </summary>
    internal bool IsQuiet { get; private set; }

    /// <summary>Whether we vote on this height, or only follow.</summary>
    internal bool IsVoting => log.IsComplete && !IsQuiet && !guard.IsSealed;

    /// <summary>Begins the height after the tip, where the log left off.</summary>
    internal void Resume(IReadOnlyList<Input> logged)
    {
        IsQuiet = head.State.Height > 0 || guard.Last is not null;
        Replay(logged);
        Perform();
    }

    /// <summary>We are where the others are, and they have nothing of ours that is strange: time to vote.</summary>
    internal void Speak()
    {
        IsQuiet = false;
        if (!IsVoting)
            return;
        Enqueue(agreement.BeginVoting());
        Perform();
    }

    // Outputs stay muted until the replay is over: only then do we know what has been signed.
    private void Replay(IReadOnlyList<Input> logged)
    {
        var parameters = head.State.Parameters;
        agreement.Retime(Timing.TimeoutsOf(parameters), Timing.SynchronyOf(parameters));
        Enqueue(agreement.Start(head.State.Height + 1, head.State.Validators, IsVoting));
        foreach (var input in logged)
            Enqueue(agreement.Handle(input));
    }

    /// <summary>Takes an input of the current height; others mean nothing here.</summary>
    internal void Handle(Input input)
    {
        RefuseStrangeSelf(input);
        log.Append(input);
        Enqueue(agreement.Handle(input));
        Perform();
    }

    /// <summary>
    /// Takes a block that the others have decided; false where its certificate or content is not its own.
    /// </summary>
    /// <exception cref="ForkException">They are, and the block cannot follow all the same.</exception>
    internal bool TryAdopt(Block block, CommitCertificate certificate)
    {
        var decides = certificate.Height == head.State.Height + 1 && certificate.Block == block.Id
            && certificate.Verify(head.State.ChainId, head.State.Validators);
        if (!decides || !block.IsConsistent)
            return false;
        Commit(block, certificate);
        Perform();
        return true;
    }

    private void RefuseStrangeSelf(Input input)
    {
        switch (input)
        {
            case Input.Voted { Vote.Value.Vote: var vote } when vote.Validator == Self && guard.IsStrange(vote):
                throw Stranger($"{SigningPlace.Of(vote)}");
            case Input.Proposed { Proposal.Value.Proposal: var offer }
                when offer.Proposer == Self && guard.IsStrange(offer):
                throw Stranger($"{SigningPlace.Of(offer)}");
            case Input.Certified { Certificate.Value: var proof }:
                RefuseStrangeSelf(proof);
                break;
        }
    }

    private void RefuseStrangeSelf(Certificate certificate)
    {
        foreach (var (vote, _) in certificate.Votes)
            if (vote.Validator == Self && guard.IsStrange(vote))
                throw Stranger($"{SigningPlace.Of(vote)}");
    }

    // Only this key makes such a signature, and what it signs here is in the guard first. So another machine has the
    // key too, or this home has signed more since the copy was taken that it now runs from. To vote on would be to
    // contradict it sooner or later.
    private static StoreException Stranger(string place) => new(
        $"this node's key has signed at {place}, which its sign guard does not know",
        "the key runs elsewhere too, or this home is an older copy: stop every other node with this key; then start a "
        + "new home with a new key and move the stake to it: ledger account rotate HOME");

    private void Enqueue(IReadOnlyList<Effect> more)
    {
        foreach (var effect in more)
            effects.Enqueue(effect);
    }

    // Effects may give inputs, whose effects come after those that are waiting: no recursion, one order.
    private void Perform()
    {
        if (performing)
            return;
        performing = true;
        while (effects.TryDequeue(out var effect))
            Perform(effect);
        performing = false;
        if (agreement.Refused is { } id && agreement.OfferOf(id)?.Block is { } block)
            throw Fork(block, head.FaultOf(block));
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case Effect.Cast cast:
                if (Sign(cast.Vote) is { } vote)
                {
                    broadcast(new WireMessage.Ballot(vote));
                    Log.Voted(vote.Vote);
                }
                break;
            case Effect.Propose propose:
                if (Sign(propose) is { } proposal)
                {
                    broadcast(new WireMessage.Offer(proposal));
                    Log.Proposed(propose.Proposal);
                }
                break;
            case Effect.Build build:
                work.Build(build.Round, block => IfStill(build.Height, new Input.Built(build.Round, block)));
                break;
            case Effect.Validate validate:
                var height = agreement.Height;
                work.Validate(validate.Block, valid => IfStill(height, new Input.Validated(validate.Block.Id, valid)));
                break;
            case Effect.SetTimer timer:
                clock.After(timer.Milliseconds,
                    () => IfStill(timer.Height, new Input.TimedOut(timer.Height, timer.Round, timer.Step)));
                break;
            case Effect.Decide decide:
                Commit(decide.Block, decide.Certificate);
                break;
            case Effect.Publish publish:
                broadcast(new WireMessage.Certified(publish.Certificate));
                break;
            case Effect.Accuse found:
                accuse(found.Evidence);
                break;
            default:
                throw new InvalidOperationException($"no way to perform {effect.GetType().Name}");
        }
    }

    private void IfStill(ulong height, Input input)
    {
        if (agreement.Height == height)
            Handle(input);
    }

    // Silent where the guard refuses: a log that a crash has shortened may ask for what was said otherwise before.
    private SignedVote? Sign(Vote vote)
    {
        if (log.Signed(vote.Round, vote.Kind) is { } before)
            return before;
        if (vote is { Kind: VoteKind.Precommit, Block: not null })
            log.SyncLock(vote.Round);
        var signed = guard.Sign(vote, head.State.ChainId, key);
        if (signed is not null)
            NoteOwn(new Input.Voted(Verifier.Recall(signed)));
        return signed;
    }

    private SignedProposal? Sign(Effect.Propose propose)
    {
        if (log.SignedProposal(propose.Proposal.Round) is { } before)
            return before;
        if (guard.Sign(propose.Proposal, head.State.ChainId, key) is not { } offer)
            return null;
        var signed = new SignedProposal(offer.Proposal, offer.Signature, propose.Block);
        NoteOwn(new Input.Proposed(Verifier.Recall(signed), clock.WallClockMs));
        return signed;
    }

    private void NoteOwn(Input own)
    {
        log.Append(own);
        Enqueue(agreement.Handle(own));
    }

    /// <summary>Begins with the state of a snapshot; false where its leaves make no state.</summary>
    internal bool TryAdopt(Snapshot snapshot)
    {
        RefuseStrangeSelf(snapshot.Last.Certificate);
        RefuseStrangeSelf(snapshot.Head.Certificate);
        if (!head.TryAdopt(snapshot))
            return false;
        BeginNext();
        Perform();
        return true;
    }

    private void Commit(Block block, CommitCertificate certificate)
    {
        RefuseStrangeSelf(certificate);
        // A quorum need not have us in it, and the two are different ones more often than not.
        if (block.LastCommit is { } last)
            RefuseStrangeSelf(last);
        // Nor need a proposer be in either; its proposal was signed, and a decided block says whose it was.
        if (block.Header.Proposer == Self && guard.IsStrangeAt(block.Header.Height))
            throw Stranger($"height {block.Header.Height}");
        if (head.FaultOf(block) is var fault and not BlockFault.None)
            throw Fork(block, fault);
        head.Commit(block, certificate);
        BeginNext();
        committed(block);
    }

    // Our last word: those who go on can punish whoever has signed both.
    private ForkException Fork(Block decided, BlockFault fault)
    {
        var fork = ForkException.Of(head.State, head.Certificate, decided, fault);
        if (fork.Proof.Length > 0)
            broadcast(new WireMessage.Accusations(fork.Proof));
        return fork;
    }

    private void BeginNext()
    {
        // What is left of the decided height (a timer, say) is of no use to the next.
        effects.Clear();
        var logged = log.Begin(head.State.Height + 1);
        work.Forget();
        Replay(logged);
    }
}
