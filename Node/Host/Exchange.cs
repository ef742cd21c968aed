using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;
using Ledger.Node.Pool;
using Ledger.Node.Storage;
using Ledger.Node.Sync;
using Ledger.Node.Transport;

namespace Ledger.Node.Host;

/// <summary>
/// What passes between this node and its peers: messages in are decoded, checked and given to whom they concern, new
/// ones are relayed once, and everyone hears regularly where we stand.
/// </summary>
internal sealed class Exchange(
    IClock clock, ILinks links, ChainHead head, Agreement agreement, Consenter consenter, Accusations accusations,
    Mempool pool, Store store, PeerBook book, BlobTraffic blobs, ulong seed, Action poolGrew, Action begun)
{
    private const ulong RepeatCheckMs = 50, UpkeepEveryMs = 100;

    private readonly Outgoing outgoing = new(clock, links, head, agreement, book, seed);
    private readonly BlockSync sync = new(head.State.Height, seed);
    private readonly SnapshotSync snapshots = new(head.State, LightOptions.Of(head.State.Parameters));
    private readonly AnswerBudget budget = new();
    private readonly Meetings meetings = new(clock, links, book);
    private readonly SortedDictionary<PeerId, ulong> heights = [];
    private readonly Repetition repetition = new(seed);
    private readonly AgreementIntake intake = new(head, agreement);
    private readonly QuietStart quiet = new(clock, head, consenter.Self);
    private readonly Lateness lateness = new(clock);
    private ulong upkeepDueMs;

    /// <summary>Whether agreement has begun.</summary>
    internal bool IsRunning { get; private set; }

    /// <summary>The highest tip that a peer claims and has not failed to deliver.</summary>
    internal ulong BestPeerHeight => sync.BestClaim(clock.NowMs);

    internal bool IsCatchingUp => sync.IsCatchingUp(clock.NowMs);

    /// <summary>Begins to dial, to talk and to catch up.</summary>
    internal void Begin()
    {
        IsRunning = true;
        blobs.Begin();
        Announce();
        clock.Every(RepeatCheckMs, Repeat);
        upkeepDueMs = clock.NowMs;
        clock.Every(UpkeepEveryMs, Upkeep);
        clock.Every(OverlayLimits.EvidenceEveryMs, () => accusations.Messages().ToList().ForEach(Broadcast));
    }

    /// <summary>Tells everyone where we stand, and takes up what came early for this height.</summary>
    internal void Announce()
    {
        foreach (var (from, message, arrivedMs) in intake.TakeEarly())
            TakePart(from, message, arrivedMs);
        if (head.State.Height > 0)
            snapshots.End();
        Perform(sync.Advanced(head.State.Height));
        outgoing.Announce();
    }

    private void Repeat()
    {
        if (!repetition.IsDue(agreement.Height, agreement.State.Round, clock.NowMs))
            return;
        Perform(sync.Advanced(head.State.Height));
        outgoing.Repeat();
    }

    internal void Broadcast(WireMessage message) => outgoing.Publish(message);

    /// <summary>Sends one of our transactions to everyone.</summary>
    internal void Spread(SignedTransaction transaction) => Spread([transaction]);

    /// <summary>Puts transactions into the pool and sends those that it takes to everyone.</summary>
    internal IReadOnlyList<Rejection> Submit(IReadOnlyList<Verified<SignedTransaction>> transactions)
    {
        var refused = transactions.Select(t => pool.Add(t, head.State)).ToList();
        var taken = transactions.Where((_, i) => refused[i] == Rejection.None).Select(t => t.Value).ToList();
        if (taken.Count > 0)
            Spread(taken);
        return refused;
    }

    private void Spread(IReadOnlyList<SignedTransaction> taken)
    {
        foreach (var part in taken.Chunk(OverlayLimits.TransactionsPerMessageMax))
            Broadcast(new WireMessage.Transactions([.. part]));
        poolGrew();
    }

    /// <summary>The tip that a peer claims; 0 where it has claimed none.</summary>
    internal ulong HeightOf(PeerId peer) => heights.GetValueOrDefault(peer);

    internal void Handle(NetEvent happened, ulong arrivedMs)
    {
        lateness.Observe(arrivedMs);
        switch (happened)
        {
            case NetEvent.PeerUp up:
                Welcome(up);
                break;
            case NetEvent.PeerDown down:
                Log.PeerDown(down.Peer.Short, down.Reason.ToString());
                Leave(down.Peer);
                break;
            case NetEvent.Unreachable unreachable:
                book.Disconnect(unreachable.Peer, clock.WallClockMs);
                break;
            case NetEvent.AddressObserved observed:
                meetings.Observed(observed.By, observed.Address);
                break;
            case NetEvent.PeerMoved moved:
                book.Move(moved.Peer, moved.Address);
                break;
            case NetEvent.Received received when !IsRunning || !book.Hears(received.Peer, clock.WallClockMs):
                // What a peer had sent before it was banned may still come out of the queue.
                break;
            case NetEvent.Received received when WireCodec.TryDecode(received.Message, out var message):
                Handle(received.Peer, message);
                break;
            case NetEvent.Received received:
                Perform([new OverlayEffect.Penalise(received.Peer, Misdeed.Malformed)]);
                break;
            default:
                throw new InvalidOperationException($"no way to handle {happened.GetType().Name}");
        }
    }

    private void Welcome(NetEvent.PeerUp up)
    {
        if (book.Connect(up.Peer, up.Address, up.Inbound, clock.WallClockMs) is { } reason)
        {
            links.Disconnect(up.Peer, reason);
            return;
        }
        if (book.Surplus(up.Peer, clock.WallClockMs) is { } surplus)
            links.Disconnect(surplus, CloseReason.TooManyPeers);
        blobs.Joined(up.Peer);
        Perform(outgoing.Joined(up.Peer, dialled: !up.Inbound));
        snapshots.Joined(up.Peer);
        Log.PeerUp(up.Peer.Short, up.Address.ToString());
        if (IsRunning)
            Send(up.Peer, VoteRepair.StatusOf(agreement));
        foreach (var transaction in pool.All)
            Send(up.Peer, new WireMessage.Transactions([transaction.Value]));
        foreach (var message in accusations.Messages())
            Send(up.Peer, message);
    }

    private void Leave(PeerId peer)
    {
        book.Disconnect(peer, clock.WallClockMs);
        meetings.Left(peer);
        heights.Remove(peer);
        budget.Left(peer);
        sync.Left(peer);
        blobs.Left(peer);
        outgoing.Left(peer);
        snapshots.Left(peer);
    }

    private void Handle(PeerId from, WireMessage message)
    {
        switch (message)
        {
            case WireMessage.Status status:
                Claim(from, status.Height - 1);
                Answer(from, () => outgoing.Missing(from, status));
                break;
            case WireMessage.Ballot or WireMessage.Ballots:
                foreach (var vote in message.Votes)
                    Take(from, vote);
                break;
            case WireMessage.IWant want:
                Answer(from, () => outgoing.Wanted(from, want));
                break;
            case WireMessage.OfGossip about:
                Perform(outgoing.Receive(from, about));
                break;
            case WireMessage.Offer offer:
                Take(from, offer);
                break;
            case WireMessage.Certified:
                TakePart(from, message, clock.WallClockMs);
                break;
            case WireMessage.Transactions list:
                Take(from, list.List);
                break;
            case WireMessage.Accusations accused:
                foreach (var evidence in accused.List)
                    Blame(from, accusations.Accuse(evidence));
                break;
            case WireMessage.BlockReply reply:
                Perform(sync.Receive(from, reply, clock.NowMs));
                break;
            case WireMessage.OfBlob about:
                blobs.Handle(from, about);
                break;
            case WireMessage.GetBlocks or WireMessage.GetSnapshots or WireMessage.GetHeader or WireMessage.GetChunk:
                Answer(from, () => Serving.Answers(message, head.State, store));
                break;
            case WireMessage.Snapshots or WireMessage.HeaderReply or WireMessage.Chunk or WireMessage.Gone:
                TakeForSync(from, message);
                break;
            case WireMessage.OfPeers address:
                Perform(meetings.Handle(from, address));
                break;
        }
    }

    private void TakeForSync(PeerId from, WireMessage message)
    {
        switch (message)
        {
            case WireMessage.Snapshots list:
                snapshots.Receive(from, list, clock.NowMs);
                break;
            case WireMessage.HeaderReply reply:
                Perform(snapshots.Receive(from, reply, clock.NowMs, clock.WallClockMs));
                break;
            case WireMessage.Chunk chunk:
                Perform(snapshots.Receive(from, chunk, clock.NowMs));
                break;
            case WireMessage.Gone gone:
                snapshots.Receive(from, gone);
                sync.Receive(from, gone);
                break;
        }
    }

    private void Claim(PeerId from, ulong height)
    {
        heights[from] = height;
        sync.Claim(from, height, clock.NowMs);
    }

    // Whoever takes part in a height has the block before it: who has fallen behind learns of it by each vote.
    private void ClaimedBy(PeerId from, ulong votesOn)
    {
        if (votesOn > head.State.Height + 2 && votesOn - 1 > HeightOf(from))
            Claim(from, votesOn - 1);
    }

    private void Take(PeerId from, WireMessage.Offer offer)
    {
        ClaimedBy(from, offer.Proposal.Proposal.Height);
        var id = Digest.OfBytes(offer.Proposal.Encoded);
        outgoing.IsNew(id);
        Perform(outgoing.Arrived(from, id));
        TakePart(from, offer, clock.WallClockMs);
    }

    private void Take(PeerId from, SignedVote vote)
    {
        if (vote.Vote.Height <= head.State.Height)
        {
            Blame(from, accusations.HearLate(vote));
            return;
        }
        ClaimedBy(from, vote.Vote.Height);
        outgoing.Heard(from, vote);
        TakePart(from, new WireMessage.Ballot(vote), clock.WallClockMs);
    }

    private void TakePart(PeerId from, WireMessage message, ulong arrivedMs)
    {
        switch (intake.Take(from, message, arrivedMs, IsRunning))
        {
            case Intake.Forged:
                Perform([new OverlayEffect.Penalise(from, Misdeed.BadSignature)]);
                break;
            case Intake.Counts counts:
                // Certificates are not passed on: everyone publishes its own, and shows by its status what it lacks.
                book.Scores.Reward(from, clock.WallClockMs);
                if (message is not WireMessage.Certified)
                    outgoing.Relay(message, from);
                if (message is WireMessage.Ballot ballot)
                    accusations.Hear(ballot.Vote);
                consenter.Handle(counts.Input);
                break;
        }
    }

    // Who sends evidence has checked it; a late vote with a false signature is no better.
    private void Blame(PeerId from, EvidenceFault fault)
    {
        if (fault == EvidenceFault.NoProof)
            Perform([new OverlayEffect.Penalise(from, Misdeed.BadSignature)]);
    }

    // What is new goes on to the others in one message, as it came.
    private void Take(PeerId from, ImmutableArray<SignedTransaction> list)
    {
        var taken = ImmutableArray.CreateBuilder<SignedTransaction>();
        foreach (var transaction in list)
        {
            var id = Digest.OfBytes(transaction.Encoded);
            if (!outgoing.IsNew(id))
                continue;
            Perform(outgoing.Arrived(from, id));
            if (Verifier.Check(head.State.ChainId, transaction) is not { } verified)
            {
                Perform([new OverlayEffect.Penalise(from, Misdeed.BadSignature)]);
                break;
            }
            if (pool.Add(verified, head.State) == Rejection.None)
                taken.Add(transaction);
        }
        if (taken.Count == 0)
            return;
        book.Scores.Reward(from, clock.WallClockMs);
        outgoing.Relay(new WireMessage.Transactions(taken.ToImmutable()), from);
        poolGrew();
    }

    private void Answer(PeerId to, Func<IEnumerable<WireMessage>> answers)
    {
        if (!budget.Allows(to, clock.NowMs))
            return;
        var bytes = 0;
        foreach (var answer in answers())
            bytes += Send(to, answer);
        budget.Spend(to, bytes, clock.NowMs);
    }

    private void Upkeep()
    {
        lateness.Observe(upkeepDueMs);
        upkeepDueMs = clock.NowMs + UpkeepEveryMs;
        Perform(snapshots.IsActive ? snapshots.Tick(clock.NowMs) : sync.Tick(clock.NowMs));
        Perform(outgoing.Tick());
        Perform(meetings.Tick());
        if (consenter.IsQuiet && quiet.IsOver(heights.Count > 0, BestPeerHeight))
            consenter.Speak();
    }

    private void Perform(IReadOnlyList<OverlayEffect> effects)
    {
        foreach (var effect in effects)
            Perform(effect);
    }

    private void Perform(OverlayEffect effect)
    {
        switch (effect)
        {
            case OverlayEffect.Send send:
                Send(send.To, send.Message);
                break;
            case OverlayEffect.Penalise penalise:
                Penalise(penalise.Peer, penalise.Misdeed);
                break;
            case OverlayEffect.VerifyBlock verify:
                var good = consenter.TryAdopt(verify.Block, verify.Certificate);
                var height = verify.Block.Header.Height;
                Perform(good ? sync.Verified(height, clock.NowMs) : sync.Failed(height, clock.NowMs));
                break;
            case OverlayEffect.SnapshotReady { Snapshot: var snapshot }:
                Begin(snapshot);
                break;
            default:
                throw new InvalidOperationException($"no way to perform {effect.GetType().Name}");
        }
    }

    // Each leaf was proved, so a state that does not fit together is of a version that we do not know.
    private void Begin(Snapshot snapshot)
    {
        if (!consenter.TryAdopt(snapshot))
            return;
        Log.BeganWithSnapshot(head.State.Height, snapshot.Leaves.Count);
        pool.Recheck(head.State, []);
        Announce();
        begun();
    }

    internal void Penalise(PeerId peer, Misdeed misdeed)
    {
        if (lateness.Excuses(misdeed))
            return;
        if (misdeed != Misdeed.TimedOut)
            Log.Dropped(peer.Short, misdeed.ToString());
        if (book.Penalise(peer, misdeed, clock.WallClockMs))
            links.Disconnect(peer, CloseReason.Misbehaviour);
    }

    /// <summary>Sends a message to one peer and says how many bytes it is.</summary>
    internal int Send(PeerId to, WireMessage message) => outgoing.Send(to, message);
}
