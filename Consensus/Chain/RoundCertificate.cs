using System.Collections.Immutable;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Chain;

/// <summary>
/// The right to enter a round (rule R14): precommits of the round before, for whatever, of validators with more than
/// two thirds of the stake; or votes of that round or later ones of more than a third, so that an honest one is there.
/// </summary>
public sealed record RoundCertificate(ulong Height, uint Round, ImmutableArray<SignedVote> Ballots)
    : Certificate(Height, Round)
{
    public override IEnumerable<SignedVote> Votes => Ballots;

    public override bool Proves(ValidatorSet validators)
    {
        var (ended, reached) = (Round > 0, Round > 0);
        foreach (var vote in Ballots)
        {
            ended &= vote.Vote.Kind == VoteKind.Precommit && vote.Vote.Round == Round - 1;
            reached &= vote.Vote.Round >= Round;
            if (vote.Vote.Height != Height)
                return false;
        }
        return StakeOf(validators, Ballots.Select(b => b.Vote.Validator)) is { } stake
            && (ended && validators.IsQuorum(stake) || reached && validators.HasHonest(stake));
    }

    public bool Equals(RoundCertificate? other) => base.Equals(other) && Ballots.SequenceEqual(other.Ballots);

    public override int GetHashCode() => (Height, Round).GetHashCode();

    public override void Write(Writer writer)
    {
        writer.Array(3).UInt(Height).UInt(Round).Array(Ballots.Length);
        foreach (var vote in Ballots)
            vote.Write(writer);
    }

    public static RoundCertificate Read(ref Reader reader)
    {
        reader.Array(3);
        var height = reader.UInt();
        var round = reader.UInt32(Limits.RoundMax);
        var ballots = ImmutableArray.CreateBuilder<SignedVote>();
        for (int i = 0, n = reader.Count(Limits.ValidatorsMax); i < n && !reader.Failed; i++)
            ballots.Add(SignedVote.Read(ref reader));
        return new(height, round, ballots.ToImmutable());
    }
}
