using System.Net;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>Where addresses belong, and which of them count as one network.</summary>
public class AddressTableTests
{
    private static readonly IPAddress Address = new([20, 1, 1, 1]);

    private static AddressTable Table(ulong secret) =>
        new(secret, "tried", OverlayLimits.TriedBuckets, OverlayLimits.TriedBucketsPerGroup);

    private static List<(int Bucket, int Slot)> Places(ulong secret) =>
        [.. Enumerable.Range(0, 100)
            .Select(i => Table(secret).PlaceOf(SomeMessages.Peer(i), Address, NetworkGroup.Of(Address)))];

    [Test]
    public void Nobody_without_the_secret_knows_where_an_address_goes()
    {
        var places = Places(1);

        Assert.That(Places(1), Is.EqualTo(places));
        Assert.That(places.Zip(Places(2)).Count(p => p.First == p.Second), Is.LessThan(5));
    }

    [Test]
    public void The_tried_of_one_network_share_a_few_buckets_and_not_a_single_one()
    {
        Assert.That(Places(1).Select(p => p.Bucket).Distinct().Count(),
            Is.InRange(2, OverlayLimits.TriedBucketsPerGroup));
    }

    [Test]
    public void Both_spellings_of_an_address_are_of_one_group_and_reach_alike()
    {
        Assert.That(NetworkGroup.Of(Address.MapToIPv6()), Is.EqualTo(NetworkGroup.Of(Address)));
        Assert.That(Reaches.Of(IPAddress.Parse("::ffff:10.1.1.1")), Is.EqualTo(Reach.Private));
    }

    [TestCase("20.1.1.1", "20.1.255.9", true)]
    [TestCase("20.1.1.1", "20.2.1.1", false)]
    [TestCase("2a00:1:1::1", "2a00:1:ffff::1", true)]
    [TestCase("2a00:1:1::1", "2a00:2:1::1", false)]
    public void A_group_is_a_sixteenth_of_IPv4_and_a_thirty_second_of_IPv6(string one, string other, bool same)
    {
        Assert.That(NetworkGroup.Of(IPAddress.Parse(one)) == NetworkGroup.Of(IPAddress.Parse(other)),
            Is.EqualTo(same));
    }
}
