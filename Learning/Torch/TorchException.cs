namespace Ledger.Learning.Torch;

/// <summary>What libtorch says about a call that failed, in one line.</summary>
public sealed class TorchException(string message) : Exception(message);
