using System.Diagnostics;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Node.Cli;
using Ledger.Node.Http;

namespace Ledger.Node.Bench;

/// <summary>
/// Signed transfers of many accounts at a steady rate, signed before the clock starts: what is measured is the network,
/// not the one who signs.
/// </summary>
internal sealed class TransferLoad : IDisposable
{
    private const int BatchMax = 256;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);

    private readonly List<SecretKey> keys = [];

    internal TransferLoad(int senders)
    {
        for (var i = 0; i < senders; i++)
            keys.Add(KeysNewCommand.Fresh());
    }

    /// <summary>The accounts that the genesis file must fund.</summary>
    internal IEnumerable<GenesisAccount> Accounts =>
        keys.Select(key => new GenesisAccount(new(key.PublicKey), 1_000_000));

    /// <summary>Each sender's transfers in turn, so many, encoded.</summary>
    internal List<byte[]> Sign(Digest chain, int count)
    {
        var to = new Address(keys[0].PublicKey);
        var signed = new List<byte[]>(count);
        for (var i = 0; i < count; i++)
        {
            var key = keys[i % keys.Count];
            var nonce = (ulong)(i / keys.Count);
            var transfer = new Transaction(new(key.PublicKey), nonce, 1, new Payload.Transfer(to, 1));
            signed.Add(transfer.Sign(chain, key).Encode());
        }
        return signed;
    }

    /// <summary>Offers them at so many a second to the nodes in turn; how many the pools took.</summary>
    internal static async Task<int> Offer(
        IReadOnlyList<NodeClient> nodes, List<byte[]> transfers, int perSecond, CancellationToken stop)
    {
        var (clock, next, taken, turn) = (Stopwatch.StartNew(), 0, 0, 0);
        while (next < transfers.Count)
        {
            var due = Math.Min(transfers.Count, (int)(perSecond * clock.Elapsed.TotalSeconds));
            for (; next < due; turn++)
            {
                var batch = transfers.GetRange(next, Math.Min(BatchMax, due - next));
                next += batch.Count;
                taken += (await nodes[turn % nodes.Count].Submit(Body(batch), stop)).Taken;
            }
            await Task.Delay(Beat, stop);
        }
        return taken;
    }

    public void Dispose() => keys.ForEach(key => key.Dispose());

    private static byte[] Body(List<byte[]> batch)
    {
        var writer = new Writer().Array(batch.Count);
        batch.ForEach(transfer => writer.Bytes(transfer));
        return writer.ToArray();
    }
}
