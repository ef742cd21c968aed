using System.Buffers.Binary;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

namespace Ledger.Node.Training;

/// <summary>The seed of a local run: the same round trained again after a crash gives the same update.</summary>
internal static class TrainingSeed
{
    internal static ulong Of(string tag, LearningTask task, Address self) => BinaryPrimitives.ReadUInt64BigEndian(
        Digest.Of(tag, new Writer().Array(3).Digest(task.Id).UInt(task.Round.Number).Address(self).Written).ToArray());
}
