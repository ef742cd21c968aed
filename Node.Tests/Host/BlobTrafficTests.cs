using Ledger.Consensus.Crypto;
using Ledger.Node.Host;
using Ledger.Node.Storage;
using Ledger.Node.Tests.Storage;

namespace Ledger.Node.Tests.Host;

/// <summary>Which blobs a node fetches, and for how long.</summary>
public sealed class BlobTrafficTests
{
    private static readonly Digest First = Some.Digest(1), Second = Some.Digest(2), Third = Some.Digest(3);

    [Test]
    public async Task Blobs_that_are_not_wanted_any_more_make_way_for_those_of_the_round_at_hand()
    {
        await using var net = new Testnet(validators: 4, tasks: 1);
        using var node = new Workbench(net.Genesis, 0);
        using var home = new TemporaryDirectory();
        var traffic = new BlobTraffic(
            node.Loop, node.Store, new HomeDisk(home.Path), 1, (_, _) => 0, (_, _) => { }, () => { });

        Renew(First, Second);
        Renew(Second);
        Assert.That(Fetched(), Is.EqualTo(new[] { Second }));
        traffic.Want(Third);
        Assert.That(Fetched(), Is.EqualTo(new[] { Second, Third }), "until all say again what they want");
        Renew(Third, First);
        Assert.That(Fetched(), Is.EquivalentTo(new[] { Third, First }));

        void Renew(params Digest[] wanted) => traffic.Renew(() => wanted.ToList().ForEach(traffic.Want));

        IEnumerable<Digest> Fetched() => traffic.Progress.Select(blob => blob.Id);
    }
}
