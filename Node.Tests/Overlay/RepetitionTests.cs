using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>How often a peer says again where it stands.</summary>
public class RepetitionTests
{
    [Test]
    public void Pauses_begin_at_a_quarter_of_a_second_and_double_to_five()
    {
        var pauses = Pauses(seed: 1, 10);

        for (var i = 0; i < pauses.Length; i++)
        {
            var middle = Math.Min(250UL << i, 5_000);
            Assert.That(pauses[i], Is.InRange(middle * 3 / 4, middle * 5 / 4 + 1), $"pause {i}");
        }
    }

    [Test]
    public void A_step_forward_starts_anew()
    {
        var repetition = new Repetition(1);
        ulong now = 0;
        for (; now < 60_000; now += 10)
            repetition.IsDue(7, 0, now);

        Assert.That(repetition.IsDue(7, 1, now), Is.False);
        Assert.That(repetition.IsDue(7, 1, now + 320), Is.True);
        Assert.That(repetition.IsDue(8, 1, now + 321), Is.False);
        Assert.That(repetition.IsDue(8, 1, now + 650), Is.True);
    }

    [Test]
    public void Two_peers_do_not_fall_into_step_and_one_seed_is_one_rhythm()
    {
        var once = Pauses(seed: 1, 10);

        Assert.That(Pauses(seed: 1, 10), Is.EqualTo(once));
        Assert.That(Pauses(seed: 2, 10), Is.Not.EqualTo(once));
    }

    private static ulong[] Pauses(ulong seed, int count)
    {
        var repetition = new Repetition(seed);
        var pauses = new List<ulong>();
        ulong last = 0;
        for (ulong now = 0; pauses.Count < count; now++)
            if (repetition.IsDue(7, 0, now))
            {
                pauses.Add(now - last);
                last = now;
            }
        return [.. pauses];
    }
}
