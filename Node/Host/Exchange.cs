using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
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
    NodeLoop loop, ChainHead head, Agreement agreement, Consenter consenter, Accusations accusations, Mempool pool,
    Store store, PeerBook book, Action poolGrew, Action blobArrived, string peersFile)
{
    private const ulong StatusEveryMs = 250, UpkeepEveryMs = 100, SavePeersEveryMs = 30_000;

    // What nobody has asked for again in this time is no longer needed: a round may promise a blob that nobody has, and
    // such promises must not add up.
    private const ulong WantedForMs = 30_000;

    // All that is wanted so far is wanted for the round at hand.
    private const int BlobPriority = 0;

    private readonly SeenCache seen = new();
    private readonly BlockSync sync = new(head.State.Height, (ulong)Random.Shared.NextInt64());
    private readonly BlobFetch blobs = new((ulong)Random.Shared.NextInt64());
    private readonly SortedDictionary<Digest, ulong> wantedMs = [];
    private readonly BlobShelf shelf = new(store);
    private readonly AnswerBudget budget = new();
    private readonly PeerExchange addresses = new(book);
    private readonly SortedDictionary<PeerId, ulong> heights = [];
    private readonly AgreementIntake intake = new(head, agreement);
    private UdpPump? pump;

    /// <summary>Whether agreement has begun.</summary>
    internal bool IsRunning { get; private set; }

    /// <summary>The highest tip that a peer claims and has not failed to deliver.</summary>
    internal ulong BestPeerHeight => sync.BestClaim(loop.NowMs);

    internal void Attach(UdpPump udp) => pump = udp;

    /// <summary>Begins to dial, to talk and to catch up.</summary>
    internal void Begin()
    {
        IsRunning = true;
        if (File.Exists(peersFile))
            book.Import(File.ReadAllLines(peersFile), loop.WallClockMs);
        loop.Every(StatusEveryMs, Announce);
        loop.Every(UpkeepEveryMs, Upkeep);
        loop.Every(OverlayLimits.EvidenceEveryMs, () => accusations.Messages().ToList().ForEach(Broadcast));
        loop.After(SavePeersEveryMs, () => loop.Every(SavePeersEveryMs, SavePeers));
    }

    internal void SavePeers() => File.WriteAllLines(peersFile, book.Export());

    /// <summary>Tells everyone where we stand, and takes up what came early for this height.</summary>
    internal void Announce()
    {
        foreach (var (from, message, bytes) in intake.TakeEarly())
            TakePart(from, message, bytes);
        Perform(sync.Advanced(head.State.Height));
        Broadcast(VoteRepair.StatusOf(agreement));
    }

    internal void Broadcast(WireMessage message)
    {
        foreach (var peer in book.Connected.Select(p => p.Id).ToList())
            Send(peer, message);
    }

    /// <summary>Sends one of our transactions to everyone.</summary>
    internal void Spread(SignedTransaction transaction)
    {
        seen.TryAdd(Digest.OfBlob(transaction.Encode()), loop.NowMs);
        Broadcast(new WireMessage.Transactions([transaction]));
        poolGrew();
    }

    /// <summary>Starts to fetch a blob, or goes on: what is still needed is asked for again and again.</summary>
    internal void Want(Digest blob)
    {
        if (!store.HasBlob(blob) && blobs.Want(blob, BlobPriority, Consensus.Codec.Limits.BlobBytesMax))
            wantedMs[blob] = loop.NowMs;
    }

    internal PeerSnapshot Describe(PeerStatistics p) => new(
        p.Peer, p.Address, p.Inbound, heights.GetValueOrDefault(p.Peer), (ulong)p.SmoothedRttUs / 1000,
        (ulong)(UdpPump.NowUs - p.ConnectedSinceUs) / 1000, (ulong)p.BytesIn, (ulong)p.BytesOut, (ulong)p.PacketsLost);

    internal void Handle(NetEvent happened)
    {
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
                book.Disconnect(unreachable.Peer, loop.WallClockMs);
                break;
            case NetEvent.Received received when !IsRunning || !book.Hears(received.Peer, loop.WallClockMs):
                // What a peer had sent before it was banned may still come out of the queue.
                break;
            case NetEvent.Received received when WireCodec.TryDecode(received.Message, out var message):
                Handle(received.Peer, message, received.Message);
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
        if (!book.Connect(up.Peer, up.Address, up.Inbound, loop.WallClockMs))
        {
            pump!.Post((endpoint, now) => endpoint.Disconnect(now, up.Peer, CloseReason.TooManyPeers));
            return;
        }
        blobs.Joined(up.Peer);
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
        book.Disconnect(peer, loop.WallClockMs);
        addresses.Left(peer);
        heights.Remove(peer);
        budget.Left(peer);
        sync.Left(peer);
        blobs.Left(peer);
    }

    private void Handle(PeerId from, WireMessage message, byte[] encoded)
    {
        switch (message)
        {
            case WireMessage.Status status:
                heights[from] = status.Height - 1;
                sync.Claim(from, status.Height - 1, loop.NowMs);
                Answer(from, () => VoteRepair.Missing(agreement, head.State.Validators, status));
                break;
            case WireMessage.Ballot late when late.Vote.Vote.Height <= head.State.Height:
                Blame(from, accusations.HearLate(late.Vote));
                break;
            case WireMessage.Ballot or WireMessage.Offer:
                TakePart(from, message, encoded.Length);
                break;
            case WireMessage.Transactions list:
                foreach (var transaction in list.List)
                    Take(from, transaction);
                break;
            case WireMessage.Accusations accused:
                foreach (var evidence in accused.List)
                    Blame(from, accusations.Accuse(evidence));
                break;
            case WireMessage.GetBlocks ask:
                Answer(from, () => Blocks(ask));
                break;
            case WireMessage.BlockReply reply:
                Perform(sync.Receive(from, reply, loop.NowMs));
                break;
            case WireMessage.GetBlob ask:
                Answer(from, () => [Serving.Part(ask, shelf.Find(ask.Id))]);
                break;
            case WireMessage.BlobPart part:
                Perform(blobs.Receive(from, part, loop.NowMs));
                break;
            case WireMessage.NoBlob none:
                blobs.Receive(from, none, loop.NowMs);
                break;
            case WireMessage.GetPeers:
                Perform(addresses.Answer(from, loop.WallClockMs));
                break;
            case WireMessage.Peers peers:
                Perform(addresses.Learn(from, peers, loop.WallClockMs));
                break;
        }
    }

    private void TakePart(PeerId from, WireMessage message, int bytes)
    {
        switch (intake.Take(from, message, bytes, IsRunning))
        {
            case Intake.Forged:
                Perform([new OverlayEffect.Penalise(from, Misdeed.BadSignature)]);
                break;
            case Intake.Counts counts:
                Relay(from, message);
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

    private void Take(PeerId from, SignedTransaction transaction)
    {
        if (!seen.TryAdd(Digest.OfBlob(transaction.Encode()), loop.NowMs))
            return;
        if (Verifier.Check(head.State.ChainId, transaction) is not { } verified)
            Perform([new OverlayEffect.Penalise(from, Misdeed.BadSignature)]);
        else if (pool.Add(verified, head.State) == Rejection.None)
        {
            Relay(from, new WireMessage.Transactions([transaction]));
            poolGrew();
        }
    }

    private void Relay(PeerId from, WireMessage message)
    {
        foreach (var peer in book.Connected.Select(p => p.Id).Where(p => p != from).ToList())
            Send(peer, message);
    }

    private void Answer(PeerId to, Func<IEnumerable<WireMessage>> answers)
    {
        if (!budget.Allows(to, loop.NowMs))
            return;
        var bytes = 0;
        foreach (var answer in answers())
            bytes += Send(to, answer);
        budget.Spend(to, bytes, loop.NowMs);
    }

    private IEnumerable<WireMessage> Blocks(WireMessage.GetBlocks ask)
    {
        foreach (var height in Serving.Heights(ask, head.State.Height))
            if (store.Block(height) is var (block, certificate))
                yield return new WireMessage.BlockReply(block, certificate);
    }

    private void Upkeep()
    {
        foreach (var blob in wantedMs.Where(w => loop.NowMs >= w.Value + WantedForMs).Select(w => w.Key).ToList())
        {
            blobs.Drop(blob);
            wantedMs.Remove(blob);
        }
        Perform(sync.Tick(loop.NowMs));
        Perform(blobs.Tick(loop.NowMs));
        Perform(addresses.Tick(loop.WallClockMs));
        foreach (var peer in book.ToDial(loop.WallClockMs))
            pump!.Post((endpoint, now) => endpoint.Connect(now, peer.Id, peer.Address));
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
                Perform(good ? sync.Verified(height, loop.NowMs) : sync.Failed(height, loop.NowMs));
                break;
            case OverlayEffect.BlobReady ready:
                wantedMs.Remove(ready.Id);
                store.PutBlob(ready.Content);
                blobArrived();
                break;
            default:
                throw new InvalidOperationException($"no way to perform {effect.GetType().Name}");
        }
    }

    private void Penalise(PeerId peer, Misdeed misdeed)
    {
        if (misdeed != Misdeed.TimedOut)
            Log.Dropped(peer.Short, misdeed.ToString());
        if (book.Penalise(peer, misdeed, loop.WallClockMs))
            pump!.Post((endpoint, now) => endpoint.Disconnect(now, peer, CloseReason.Misbehaviour));
    }

    private int Send(PeerId to, WireMessage message)
    {
        var bytes = WireCodec.Encode(message);
        var messageClass = (MessageClass)WireCodec.ClassOf(message, bytes.Length);
        pump!.Post((endpoint, now) => endpoint.Send(now, to, messageClass, bytes));
        return bytes.Length;
    }
}
