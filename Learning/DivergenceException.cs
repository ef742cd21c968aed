namespace Ledger.Learning;

/// <summary>A local run has left the finite numbers: nothing may be sent of it, and nothing learnt from it.</summary>
public sealed class DivergenceException(int parameter, float became)
    : DataException($"training diverged: parameter {parameter} became {became}", "lower the learning rate");
