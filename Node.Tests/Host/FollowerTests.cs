using System.Collections.Immutable;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Host;

/// <summary>What a node fetches of a round: a validator all that the result is made of, who has no vote whatever is
/// less.</summary>
public class FollowerTests
{
    private const int Validator = 0, Stranger = 9;

    // Four int8 updates weigh as much as the parameters.
    [TestCase(Validator, 5, ExpectedResult = 5), TestCase(Stranger, 5, ExpectedResult = 0)]
    [TestCase(Stranger, 4, ExpectedResult = 0), TestCase(Stranger, 3, ExpectedResult = 3)]
    public async Task<int> Of_a_round_that_closes_come_so_many_updates(int self, int updates)
    {
        await using var net = new Testnet(validators: 4, tasks: 1);
        using var node = new Workbench(net.Genesis, self, Closing(net, updates));

        Proceed(node, node.State);

        Assert.That(node.Wanted, Is.SubsetOf(Enumerable.Range(0, updates).Select(BlobOf)));
        return node.Wanted.Count;
    }

    [Test]
    public async Task Once_it_is_closed_a_node_without_a_vote_fetches_the_parameters()
    {
        await using var net = new Testnet(validators: 4, tasks: 1);
        using var node = new Workbench(net.Genesis, Stranger, Closing(net, updates: 5));
        var task = node.State.Tasks.Values.Single();
        var canonical = Digest.OfBlob([1]);

        Proceed(node, node.State.With(task with
        {
            Round = task.Round with { Number = 2, Phase = Phase.Commit, Parameters = canonical },
        }));

        Assert.That(node.Wanted, Is.EqualTo(new[] { canonical }));
    }

    private static void Proceed(Workbench node, ChainState state) => node.On(() =>
    {
        node.Aggregations.Proceed(state);
        return true;
    });

    private static ChainState Closing(Testnet net, int updates)
    {
        var first = FirstState.From(net.Genesis);
        var task = first.Tasks.Values.Single();
        var contributors = Enumerable.Range(0, updates).Select(i => (Who: Testnet.AddressOf(i), Blob: BlobOf(i)))
            .OrderBy(each => each.Who).ToList();
        return first.With(task with
        {
            Round = task.Round with
            {
                Phase = Phase.Close,
                Contributions = contributors.ToImmutableSortedDictionary(
                    each => each.Who, each => new Contribution(default, each.Blob, 1, Order: 0)),
                Included = [.. contributors.Select(each => each.Who)],
            },
            Spec = task.Spec with { MinContributors = 2 },
        });
    }

    private static Digest BlobOf(int contributor) => Digest.OfBlob([(byte)contributor, 7]);
}
