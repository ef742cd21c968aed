using System.Runtime.InteropServices;

namespace Ledger.Learning.Torch;

/// <summary>How a local run descends; shim.cpp has the same fields in the same order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Descent(
    long Batch, double LearningRate, double Momentum, double WeightDecay, double ProximalMu, int AdamW,
    int SquaredError);
