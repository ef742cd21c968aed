using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.State;

/// <summary>
/// How far a task is, small enough to prove. Its id already commits to all that is fixed;
/// <paramref name="Deadline"/> is block time in milliseconds, the others are as in <see cref="State.Round"/>.
/// </summary>
public sealed record TaskProgress(
    Address Owner, string Name, ulong Pool, uint Round, Phase Phase, ulong Deadline, Digest Parameters, uint Exponent,
    Digest Server, Digest Draw, ulong Threshold, Digest Opened, uint Fruitless)
{
    internal static TaskProgress Of(LearningTask task) => new(
        task.Owner, task.Spec.Name, task.Pool, task.Round.Number, task.Round.Phase, task.Round.Deadline,
        task.Round.Parameters, task.Round.Exponent, task.Round.Server, task.Round.Draw,
        task.Round.Threshold, task.Round.Opened, task.Round.Fruitless);

    /// <summary>A task whose terms are known, as far as this says.</summary>
    internal LearningTask ToTask(LearningTask task) => task with
    {
        Pool = Pool,
        Round = new()
        {
            Number = Round,
            Phase = Phase,
            Deadline = Deadline,
            Parameters = Parameters,
            Exponent = Exponent,
            Server = Server,
            Draw = Draw,
            Threshold = Threshold,
            Opened = Opened,
            Fruitless = Fruitless,
        },
    };
}
