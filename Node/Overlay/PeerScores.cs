using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// What peers are worth: points for misbehaviour, halved every ten minutes, bans, and credit for what they were the
/// first to bring, halved every 23 seconds. They outlive connections. Credit never makes up for what leads to a ban.
/// </summary>
internal sealed class PeerScores
{
    // Sorted, so that which entry gives way in a full table does not depend on hashing.
    private readonly SortedDictionary<PeerId, Score> scores = [];

    internal int Count => scores.Count;

    /// <summary>Adds points; true where they have just become a ban and the connection must end.</summary>
    internal bool Penalise(PeerId peer, Misdeed misdeed, ulong nowMs)
    {
        var score = Known(peer, nowMs);
        if (score.BannedUntilMs > nowMs)
            return false;
        // A peer that is silent for a moment leaves many questions open, and has done one thing wrong.
        if (misdeed == Misdeed.TimedOut && nowMs < score.SilentMs + OverlayLimits.SilenceMs)
            return false;
        if (misdeed == Misdeed.TimedOut)
            score = score with { SilentMs = nowMs };
        var points = score.PointsAt(nowMs) + misdeed.Points();
        var banned = points >= OverlayLimits.BanPoints;
        Set(peer, banned ? score.Ban(nowMs) : score with { Points = points, PointsMs = nowMs }, nowMs);
        return banned;
    }

    /// <summary>A peer was the first to bring something that is good.</summary>
    internal void Reward(PeerId peer, ulong nowMs)
    {
        var score = Known(peer, nowMs);
        var credit = Math.Min(score.CreditAt(nowMs) + OverlayLimits.Credit, OverlayLimits.CreditMax);
        Set(peer, score with { Credit = credit, CreditMs = nowMs }, nowMs);
    }

    internal bool IsBanned(PeerId peer, ulong nowMs) =>
        scores.TryGetValue(peer, out var score) && score.BannedUntilMs > nowMs;

    internal int PointsOf(PeerId peer, ulong nowMs) =>
        scores.TryGetValue(peer, out var score) ? score.PointsAt(nowMs) : 0;

    /// <summary>Credit less points: below zero for who does more harm than good.</summary>
    internal int ScoreOf(PeerId peer, ulong nowMs) => scores.TryGetValue(peer, out var score)
        ? score.CreditAt(nowMs) / OverlayLimits.Credit - score.PointsAt(nowMs)
        : 0;

    private Score Known(PeerId peer, ulong nowMs) =>
        scores.GetValueOrDefault(peer, new(0, nowMs, 0, 0, 0, nowMs));

    private void Set(PeerId peer, Score score, ulong nowMs)
    {
        scores[peer] = score;
        if (scores.Count > OverlayLimits.ScoredPeersMax)
            scores.Remove(Mildest(nowMs));
    }

    private PeerId Mildest(ulong nowMs) => scores.MinBy(
        s => (Math.Max(s.Value.BannedUntilMs, nowMs), s.Value.PointsAt(nowMs), s.Value.CreditAt(nowMs))).Key;

    private readonly record struct Score(
        int Points, ulong PointsMs, ulong BannedUntilMs, int Bans, int Credit, ulong CreditMs, ulong? SilentMs = null)
    {
        internal int PointsAt(ulong nowMs) => Faded(Points, PointsMs, nowMs, OverlayLimits.PointsHalfLifeMs);

        internal int CreditAt(ulong nowMs) => Faded(Credit, CreditMs, nowMs, OverlayLimits.CreditHalfLifeMs);

        internal Score Ban(ulong nowMs) => this with
        {
            Points = 0,
            PointsMs = nowMs,
            BannedUntilMs = nowMs + Math.Min(OverlayLimits.BanMs << Math.Min(Bans, 8), OverlayLimits.BanMaxMs),
            Bans = Bans + 1,
            Credit = 0,
        };

        // Halvings, and a straight line between two of them.
        private static int Faded(int amount, ulong sinceMs, ulong nowMs, ulong halfLifeMs)
        {
            var elapsed = nowMs > sinceMs ? nowMs - sinceMs : 0;
            var halved = amount >> (int)Math.Min(elapsed / halfLifeMs, 31);
            var rest = (long)(elapsed % halfLifeMs);
            return halved - (int)(halved * rest / (2 * (long)halfLifeMs));
        }
    }
}
