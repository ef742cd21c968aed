using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>What has passed is remembered for a while, and never more than there is room for.</summary>
public class SeenCacheTests
{
    [Test]
    public void A_message_is_new_once_until_it_is_forgotten()
    {
        var seen = new SeenCache(capacity: 10, lifetimeMs: 100);

        Assert.That(seen.TryAdd(SomeMessages.Id(1), 0), Is.True);
        Assert.That(seen.TryAdd(SomeMessages.Id(1), 99), Is.False);
        Assert.That(seen.TryAdd(SomeMessages.Id(1), 100), Is.True);
    }

    [Test]
    public void A_flood_pushes_out_the_oldest_and_takes_no_more_memory()
    {
        var seen = new SeenCache(capacity: 10, lifetimeMs: 100);
        for (var i = 0; i < 1_000; i++)
            seen.TryAdd(SomeMessages.Id(i), 0);

        Assert.That(seen.Count, Is.EqualTo(10));
        Assert.That(seen.TryAdd(SomeMessages.Id(999), 0), Is.False);
        Assert.That(seen.TryAdd(SomeMessages.Id(0), 0), Is.True);
    }
}
