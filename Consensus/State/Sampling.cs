using System.Buffers.Binary;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.State;

/// <summary>
/// Whose turn it is to train in a round, where a task asks for a part of its contributors only (C of McMahan et al.,
/// 2017). Everybody has a lot, which nobody knew before the round began; those up to a threshold take part. So the draw
/// is two numbers however many there are, and who joins during the round has a lot too.
/// </summary>
public static class Sampling
{
    /// <summary>Whether a contributor may commit in this round.</summary>
    public static bool Takes(LearningTask task, Address contributor) =>
        task.Round.Threshold == ulong.MaxValue || Lot(task, task.Round.Draw, contributor) <= task.Round.Threshold;

    /// <summary>The round with its draw among the active shards: the asked part of them, and at least as many as the
    /// round needs.</summary>
    internal static Round Draw(ChainState state, LearningTask task)
    {
        var draw = Lots.Latest(state, task);
        var active = task.Shards.Where(shard => shard.Value.Active).Select(shard => shard.Key).ToList();
        var asked = ((ulong)active.Count * task.Spec.FractionTrain + TaskSpec.FractionTrainMax - 1)
            / TaskSpec.FractionTrainMax;
        var count = Math.Max(asked, task.Spec.MinContributors);
        return count >= (ulong)active.Count
            ? task.Round
            : task.Round with
            {
                Draw = draw,
                Threshold = active.Select(who => Lot(task, draw, who)).Order().ElementAt((int)count - 1),
            };
    }

    private static ulong Lot(LearningTask task, Digest draw, Address contributor) =>
        BinaryPrimitives.ReadUInt64BigEndian(Digest.Of("ledger/sample", new Writer().Array(4).Digest(draw)
            .Digest(task.Id).UInt(task.Round.Number).Address(contributor).Written).ToArray());
}
