using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>Bans, one after another.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class PeerScoresTests
{
    private static readonly PeerId Peer = SomeMessages.Peer(1);

    private readonly PeerScores scores = new();

    [Test]
    public void Each_ban_is_twice_as_long_as_the_one_before_up_to_a_day()
    {
        var (hours, now) = (new List<ulong>(), 0UL);
        for (var i = 0; i < 8; i++)
        {
            scores.Penalise(Peer, Misdeed.Malformed, now);
            var end = now;
            while (scores.IsBanned(Peer, end))
                end += OverlayLimits.BanMs;
            hours.Add((end - now) / OverlayLimits.BanMs);
            now = end;
        }

        Assert.That(hours, Is.EqualTo(new ulong[] { 1, 2, 4, 8, 16, 24, 24, 24 }));
    }

    // What it had sent before it heard of the ban still comes out of the queue.
    [Test]
    public void A_banned_peer_is_not_banned_once_more_for_what_comes_late()
    {
        Assert.That(scores.Penalise(Peer, Misdeed.Malformed, 0));
        Assert.That(scores.Penalise(Peer, Misdeed.Malformed, 1), Is.False);

        Assert.That(scores.IsBanned(Peer, OverlayLimits.BanMs), Is.False);
    }

    [Test]
    public void A_silence_counts_once_however_many_questions_it_leaves_open_and_a_long_one_leads_to_a_ban()
    {
        for (ulong now = 0; now < OverlayLimits.SilenceMs; now++)
            scores.Penalise(Peer, Misdeed.TimedOut, now);
        Assert.That(scores.PointsOf(Peer, OverlayLimits.SilenceMs - 1), Is.LessThanOrEqualTo(1));

        var end = OverlayLimits.SilenceMs;
        while (!scores.Penalise(Peer, Misdeed.TimedOut, end))
            end += 100;
        Assert.That(end, Is.InRange(4 * 60_000UL, 10 * 60_000UL));
    }

    [Test]
    public void After_a_ban_neither_points_nor_credit_are_left()
    {
        for (var i = 0; i < 50; i++)
            scores.Reward(Peer, 0);
        scores.Penalise(Peer, Misdeed.BadBlock, 0);
        scores.Penalise(Peer, Misdeed.BadBlock, 0);

        Assert.That(scores.PointsOf(Peer, 0), Is.Zero);
        Assert.That(scores.ScoreOf(Peer, 0), Is.Zero);
    }
}
