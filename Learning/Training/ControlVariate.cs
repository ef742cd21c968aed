using Ledger.Learning.Models;
using Ledger.Learning.Rounds;

namespace Ledger.Learning.Training;

/// <summary>
/// A contributor's side of SCAFFOLD (Karimireddy et al., 2020, algorithm 1, option II). Variates are counted as the way
/// that a whole local run goes, not as gradients: with K steps of rate η let c = -V/(Kη). Then the correction
/// -η(c - c_i) of a step is (V - V_i)/K, the contributor's new variate is V_i = Δ_i - (V - V_i), the way that its own
/// gradients went, and the network's V is a moving average of the rounds' steps, which every validator computes
/// (<see cref="ServerOptimiser"/>): nothing more is sent than an update. Kept in memory: who forgets it begins
/// at 0, as the paper does.
/// </summary>
public sealed class ControlVariate
{
    private float[]? own;

    /// <summary>V - V_i, one value a parameter: what is to be spread over the steps of the local run.</summary>
    public float[] Drift(ServerState network, int parameters)
    {
        var drift = network.Momentum.Length == 0
            ? new float[parameters]
            : ParameterFloats.FromCanonical(network.Momentum);
        for (var k = 0; own is not null && k < drift.Length; k++)
            drift[k] -= own[k];
        return drift;
    }

    /// <summary>Takes note of the change that a run with that drift has sent. What it would have sent without rounding
    /// and bounds is not V's: the difference between V and the mean of all V_i would grow round by round.</summary>
    public void Learn(float[] drift, float[] sent) => own = [.. sent.Zip(drift, (s, added) => s - added)];
}
