using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;
using Ledger.Node.Storage;
using Ledger.Node.Sync;

namespace Ledger.Node.Host;

/// <summary>
/// Blobs between the peers and the disk: what is wanted is fetched chunk by chunk, what is here is sent chunk by chunk,
/// and no blob is in memory as a whole.
/// </summary>
/// <param name="clock">Time.</param>
/// <param name="store">Where blobs are kept.</param>
/// <param name="disk">How much room is left.</param>
/// <param name="seed">Where the dice start.</param>
/// <param name="send">Sends a message to a peer and says how many bytes it is.</param>
/// <param name="penalise">Counts what a peer has done wrong.</param>
/// <param name="arrived">Runs when a blob is whole.</param>
internal sealed class BlobTraffic(
    IClock clock, Store store, IDisk disk, ulong seed, Func<PeerId, WireMessage, int> send,
    Action<PeerId, Misdeed> penalise, Action arrived)
{
    private const ulong HousekeepingMs = 1_000;

    // All that is wanted so far is wanted for the round at hand.
    private const int Priority = 0;

    private readonly BlobSwarm swarm = new(seed, store.Blobs.Manifest);
    private readonly SortedDictionary<Digest, ulong> wanted = [];
    private readonly SortedDictionary<Digest, ulong> leftMs = [];
    private ulong passes;
    private readonly AnswerBudget budget = new();
    private bool isAwake;

    internal IEnumerable<BlobProgress> Progress => swarm.Progress;

    /// <summary>Takes up what earlier attempts have left.</summary>
    internal void Begin()
    {
        foreach (var blob in store.Blobs.Partials())
            leftMs[blob.Id] = clock.NowMs;
        clock.Every(HousekeepingMs, KeepHouse);
    }

    /// <summary>
    /// Lets everybody say anew what is wanted now, and gives up all else: blobs of rounds that are over, which nobody
    /// may have any more, would keep those of the round at hand waiting.
    /// </summary>
    internal void Renew(Action wants)
    {
        passes++;
        wants();
        foreach (var (id, _) in wanted.Where(w => w.Value < passes).ToList())
            Drop(id);
    }

    /// <summary>Starts to fetch a blob, or goes on.</summary>
    internal void Want(Digest id)
    {
        if (store.HasBlob(id) || !swarm.Want(id, Priority, Limits.BlobBytesMax, () => store.Blobs.Partial(id)))
            return;
        wanted[id] = passes;
        leftMs.Remove(id);
        Wake();
    }

    internal void Joined(PeerId peer) => swarm.Joined(peer);

    internal void Left(PeerId peer)
    {
        swarm.Left(peer);
        budget.Left(peer);
    }

    internal void Handle(PeerId from, WireMessage.OfBlob message)
    {
        if (message is WireMessage.Interest or WireMessage.GetManifest or WireMessage.GetChunks)
        {
            if (!budget.Allows(from, clock.NowMs))
                return;
            budget.Spend(from, AnswerBudget.LeastBytes, clock.NowMs);
        }
        Perform(swarm.Receive(from, message, clock.NowMs));
        Wake();
    }

    // While there is anything to do, and no longer: most of the time there is nothing.
    private void Wake()
    {
        if (isAwake || !swarm.IsBusy)
            return;
        isAwake = true;
        clock.After(SwarmLimits.HaveEveryMs, () =>
        {
            isAwake = false;
            Perform(swarm.Tick(clock.NowMs));
            Wake();
        });
    }

    private void KeepHouse()
    {
        swarm.IsPaused = swarm.Wanted > 0 && disk.FreeBytes < SwarmLimits.DiskReserveBytes;
        foreach (var (id, _) in leftMs.Where(l => clock.NowMs >= l.Value + SwarmLimits.PartialKeptMs).ToList())
            Forget(id);
    }

    private void Drop(Digest id)
    {
        swarm.Drop(id);
        wanted.Remove(id);
        leftMs[id] = clock.NowMs;
    }

    private void Forget(Digest id)
    {
        leftMs.Remove(id);
        store.Blobs.Forget(id);
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
            case OverlayEffect.Send message:
                send(message.To, message.Message);
                break;
            case OverlayEffect.Penalise wrong:
                penalise(wrong.Peer, wrong.Misdeed);
                break;
            case OverlayEffect.SendChunk chunk when store.Blobs.Chunk(chunk.Id, chunk.Index) is { } content:
                var bytes = send(chunk.To, new WireMessage.BlobChunk(chunk.Id, chunk.Index, content));
                budget.Spend(chunk.To, bytes, clock.NowMs);
                break;
            case OverlayEffect.SendChunk gone:
                send(gone.To, new WireMessage.RejectChunks(gone.Id, [gone.Index]));
                break;
            case OverlayEffect.KeepManifest begun:
                Begin(begun.Blob);
                break;
            case OverlayEffect.KeepChunk chunk:
                store.Blobs.Put(chunk.Blob, chunk.Index, chunk.Content, chunk.Here);
                break;
            case OverlayEffect.BlobReady whole:
                store.Blobs.Finish(whole.Blob);
                Log.Fetched(whole.Blob.Id, whole.Blob.Length);
                wanted.Remove(whole.Blob.Id);
                arrived();
                break;
            default:
                throw new InvalidOperationException($"no way to perform {effect.GetType().Name}");
        }
    }

    // What nobody wants any more makes room for what somebody wants now.
    private void Begin(BlobManifest blob)
    {
        var room = SwarmLimits.PartialBytesMax - blob.Length - store.Blobs.Partials().Sum(p => p.Length);
        foreach (var old in leftMs.OrderBy(l => l.Value).Select(l => l.Key).ToList())
            if (room < 0 && store.Blobs.Partial(old) is { } partial)
            {
                room += partial.Manifest.Length;
                Forget(old);
            }
        if (room < 0)
            Drop(blob.Id);
        else
            store.Blobs.Begin(blob);
    }
}
