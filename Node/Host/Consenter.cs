using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Node.Overlay;
using Ledger.Node.Storage;

namespace Ledger.Node.Host;

/// <summary>
/// Runs the agreement: notes each input in the vote log, lets the pure machine think, and performs its effects in
/// order. A signature is on disk before any peer can see it; what was signed once is never signed differently.
/// </summary>
internal sealed class Consenter(
    NodeLoop loop, ChainHead head, Agreement agreement, VoteLog log, SecretKey key, BlockWork work,
    Action<WireMessage> broadcast, Action<Evidence> accuse, Action<Block> committed)
{
    private readonly Queue<Effect> effects = new();
    private readonly Address self = new(key.PublicKey);
    private bool performing;

    /// <summary>Begins the height after the tip, where the log left off.</summary>
    internal void Resume(IReadOnlyList<Input> logged)
    {
        Enqueue(agreement.Start(head.State.Height + 1, head.State.Validators));
        // Outputs stay muted until the replay is over: only then do we know what has been signed.
        foreach (var input in logged)
            Enqueue(agreement.Handle(input));
        Perform();
    }

    /// <summary>Takes an input of the current height; others mean nothing here.</summary>
    internal void Handle(Input input)
    {
        RefuseStrangeSelf(input);
        log.Append(input);
        Enqueue(agreement.Handle(input));
        Perform();
    }

    /// <summary>Takes a block that the others have decided; false where its certificate or content is wrong.</summary>
    internal bool TryAdopt(Block block, CommitCertificate certificate)
    {
        var decides = certificate.Height == head.State.Height + 1 && certificate.Block == block.Id
            && certificate.Verify(head.State.ChainId, head.State.Validators);
        if (!decides || head.Check(block) != Consensus.State.BlockFault.None)
            return false;
        Commit(block, certificate);
        Perform();
        return true;
    }

    // Only this key makes such a signature, and what it signs here is in the log first. To go on would be to say two
    // things at one height sooner or later.
    private void RefuseStrangeSelf(Input input)
    {
        var known = input switch
        {
            Input.Voted { Vote.Value.Vote: var vote } when vote.Validator == self =>
                log.Signed(vote.Round, vote.Kind)?.Vote == vote,
            Input.Proposed { Proposal.Value.Proposal: var offer } when offer.Proposer == self =>
                log.SignedProposal(offer.Round)?.Proposal == offer,
            _ => true,
        };
        if (!known)
            throw new StoreException(
                $"this node's key has signed at height {agreement.Height} what its log does not hold",
                "the key runs elsewhere too, or this home is an older copy: "
                + "let one run only, or wait for the next height");
    }

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
        if (agreement.Refused is { } block)
            throw new InvalidOperationException(
                $"two thirds of the stake decided block {block.Short} at height {agreement.Height}, "
                + "which is invalid here");
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case Effect.Cast cast:
                broadcast(new WireMessage.Ballot(Sign(cast.Vote)));
                break;
            case Effect.Propose propose:
                broadcast(new WireMessage.Offer(Sign(propose)));
                break;
            case Effect.Build build:
                work.Build(build.Round, block => IfStill(build.Height, new Input.Built(build.Round, block)));
                break;
            case Effect.Validate validate:
                var height = agreement.Height;
                work.Validate(validate.Block, valid => IfStill(height, new Input.Validated(validate.Block.Id, valid)));
                break;
            case Effect.SetTimer timer:
                loop.After(timer.Milliseconds,
                    () => IfStill(timer.Height, new Input.TimedOut(timer.Height, timer.Round, timer.Step)));
                break;
            case Effect.Decide decide:
                Commit(decide.Block, decide.Certificate);
                break;
            case Effect.Equivocated equivocated:
                accuse(Evidence.DuplicateVote.Of(equivocated.First, equivocated.Second));
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

    private SignedVote Sign(Vote vote)
    {
        if (log.Signed(vote.Round, vote.Kind) is { } before)
            return before;
        var signed = new SignedVote(vote, key.Sign(vote.SigningDigest(head.State.ChainId)));
        NoteOwn(new Input.Voted(Verifier.Recall(signed)));
        return signed;
    }

    private SignedProposal Sign(Effect.Propose propose)
    {
        if (log.SignedProposal(propose.Proposal.Round) is { } before)
            return before;
        var signature = key.Sign(propose.Proposal.SigningDigest(head.State.ChainId));
        var signed = new SignedProposal(propose.Proposal, signature, propose.Block);
        NoteOwn(new Input.Proposed(Verifier.Recall(signed)));
        return signed;
    }

    private void NoteOwn(Input own)
    {
        log.Append(own);
        log.Sync();
        Enqueue(agreement.Handle(own));
    }

    private void Commit(Block block, CommitCertificate certificate)
    {
        head.Commit(block, certificate);
        // What is left of the decided height (a timer, say) is of no use to the next.
        effects.Clear();
        log.Begin(block.Header.Height + 1);
        work.Forget();
        Enqueue(agreement.Start(block.Header.Height + 1, head.State.Validators));
        committed(block);
    }
}
