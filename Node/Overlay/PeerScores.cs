using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>Points for misbehaviour, halved every ten minutes, and the bans that they end in. Outlives connections.</summary>
internal sealed class PeerScores
{
    // Sorted, so that which entry gives way in a full table does not depend on hashing.
    private readonly SortedDictionary<PeerId, Score> scores = [];

    internal int Count => scores.Count;

    /// <summary>Adds points; true where they have just become a ban and the connection must end.</summary>
    internal bool Penalise(PeerId peer, Misdeed misdeed, ulong nowMs)
    {
        var score = scores.GetValueOrDefault(peer, new(0, nowMs, 0, 0));
        if (score.BannedUntilMs > nowMs)
            return false;
        var points = score.PointsAt(nowMs) + misdeed.Points();
        var banned = points >= OverlayLimits.BanPoints;
        scores[peer] = banned ? score.Ban(nowMs) : score with { Points = points, AtMs = nowMs };
        if (scores.Count > OverlayLimits.ScoredPeersMax)
            scores.Remove(Mildest(nowMs));
        return banned;
    }

    internal bool IsBanned(PeerId peer, ulong nowMs) => scores.TryGetValue(peer, out var score) && score.BannedUntilMs > nowMs;

    internal int PointsOf(PeerId peer, ulong nowMs) => scores.TryGetValue(peer, out var score) ? score.PointsAt(nowMs) : 0;

    private PeerId Mildest(ulong nowMs) =>
        scores.MinBy(s => (Math.Max(s.Value.BannedUntilMs, nowMs), s.Value.PointsAt(nowMs))).Key;

    private readonly record struct Score(int Points, ulong AtMs, ulong BannedUntilMs, int Bans)
    {
        // Halvings, and a straight line between two of them.
        internal int PointsAt(ulong nowMs)
        {
            var elapsed = nowMs > AtMs ? nowMs - AtMs : 0;
            var halved = Points >> (int)Math.Min(elapsed / OverlayLimits.PointsHalfLifeMs, 31);
            var rest = (int)(elapsed % OverlayLimits.PointsHalfLifeMs);
            return halved - (int)((long)halved * rest / (2 * (long)OverlayLimits.PointsHalfLifeMs));
        }

        internal Score Ban(ulong nowMs) =>
            new(0, nowMs, nowMs + Math.Min(OverlayLimits.BanMs << Math.Min(Bans, 8), OverlayLimits.BanMaxMs), Bans + 1);
    }
}
