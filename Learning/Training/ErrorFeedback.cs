using Ledger.Learning.Aggregation;

namespace Ledger.Learning.Training;

/// <summary>What a contributor's updates left out so far, which goes into its next one (error feedback: Seide et al.,
/// 2014; Karimireddy et al., 2019). Kept in memory: who forgets it loses a little accuracy and nothing else.</summary>
public sealed class ErrorFeedback
{
    // What was left out long ago points where the model was then: halved for each round missed.
    private const float KeptPerMissedRound = 0.5f;

    private float[]? residual;
    private int last;

    /// <summary>The update of a round, from 1: delta and what was left out, as the format carries it.</summary>
    public ModelUpdate Quantise(float[] delta, int exponent, ulong seed, UpdateFormat format, int round)
    {
        if (!format.FeedsBack())
            return Quantisation.Quantise(delta, exponent, seed, format);
        residual ??= new float[delta.Length];
        var kept = MathF.Pow(KeptPerMissedRound, Math.Max(0, round - last - 1));
        var whole = delta.Zip(residual, (d, r) => d + kept * r).ToArray();
        var update = Quantisation.Quantise(whole, exponent, seed, format);
        (residual, last) = ([.. whole.Zip(Quantisation.Dequantise(update), (w, sent) => w - sent)], round);
        return update;
    }
}
