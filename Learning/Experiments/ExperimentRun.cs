using Ledger.Learning.Aggregation;
using Ledger.Learning.Attacks;
using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Learning.Rounds;
using Ledger.Learning.Training;

namespace Ledger.Learning.Experiments;

/// <summary>What one round of a run came to. <see cref="Bytes"/> counts update and root blobs as they would travel;
/// the backdoor's success is a share of the triggered rows; who diverged sent nothing.</summary>
public readonly record struct RoundFigures(
    int Round, double Accuracy, double Loss, long Bytes, int HonestRefused, int Honest, int Diverged,
    double AttackersPay, double Backdoor);

/// <summary>One run of an experiment: real training on libtorch and the real closing of each round, with as many
/// contributors as the file says, in one process. The same file and seed give the same figures on one
/// machine.</summary>
public sealed class ExperimentRun : IDisposable
{
    // Streams of random numbers that must not be each other's.
    private const ulong SampleStream = 1, TrainStream = 2, RootStream = 3, AttackStream = 4;

    private readonly Experiment experiment;
    private readonly ulong seed;
    private readonly Shard[] shards;
    private readonly Dataset test, triggered;
    private readonly ErrorFeedback[] feedback;
    private readonly ControlVariate[]? variates;
    private readonly TorchModel[] models;
    private readonly Recipe recipe;
    private readonly Attack attack;

    /// <summary>Deals the data; <paramref name="threads"/> contributors train at once.</summary>
    public ExperimentRun(Experiment experiment, ExperimentData data, ulong seed, int threads)
    {
        (this.experiment, this.seed, test) = (experiment, seed, data.Test);
        recipe = experiment.Recipe with { Schema = data.Schema, Seed = seed };
        attack = Attack.Find(experiment.Attack)!;
        var training = data.Training;
        if (experiment.Rows > 0 && experiment.Rows < training.Rows)
            training = training.Take(
                Splits.HoldOut(training.Rows, seed, (double)experiment.Rows / training.Rows).HeldOut);
        shards = [.. Splits.Parse(experiment.Split).Deal(training.Labels, experiment.Contributors, seed)
            .Select((rows, i) => ShardOf(training.Take(rows), i))];
        feedback = [.. shards.Select(_ => new ErrorFeedback())];
        variates = recipe.Server.Name == ServerOptimiser.ScaffoldName
            ? [.. shards.Select(_ => new ControlVariate())]
            : null;
        triggered = attack.Name == Attack.BackdoorName ? Poisoning.Triggered(test) : test;
        models = [.. Enumerable.Range(0, threads).Select(_ => TorchModel.Open(recipe))];
    }

    /// <summary>Round by round, until the target is reached or the rounds are over.</summary>
    public IEnumerable<RoundFigures> Rounds()
    {
        var (parameters, exponent, state) = (models[0].InitialParameters(), recipe.UpdateExponent, ServerState.Empty);
        for (var round = 1; round <= experiment.Rounds; round++)
        {
            var sampled = Sample(round, SampleStream, (int)Math.Max(1, experiment.FractionTrain * shards.Length))
                .Where(i => !(IsAttacker(i) && attack.NeverArrives)).Order().ToArray();
            var scorers = Sample(round, RootStream, shards.Length).Where(i => shards[i].Validation.Rows > 0)
                .Take(experiment.Committee).ToArray();
            var (delivered, updates) = Updates(sampled, parameters, exponent, state, round);
            var roots = Roots(scorers, parameters, exponent, round);
            var outcome = RoundClosing.Close(new()
            {
                Rule = recipe.Rule,
                Format = recipe.Format,
                Parameters = parameters,
                Exponent = exponent,
                Updates = updates,
                Roots = roots,
                Seed = Mix(SampleStream, (ulong)round),
                Server = recipe.Server,
                State = state,
            }, models.Length);
            (parameters, exponent, state) = (outcome.Parameters, outcome.Exponent, outcome.State);
            var figures = Measure(round, parameters, sampled, delivered, outcome,
                updates.Concat(roots.Select(root => root.Update))
                    .Sum(update => (long)update.Encode(recipe.Format).Length));
            yield return figures;
            if (experiment.Target > 0 && figures.Accuracy >= experiment.Target)
                yield break;
        }
    }

    public void Dispose()
    {
        foreach (var model in models)
            model.Dispose();
    }

    private Shard ShardOf(Dataset rows, int contributor)
    {
        var (training, judging) = experiment.Validation == 0
            ? ([.. Enumerable.Range(0, rows.Rows)], [])
            : Splits.HoldOut(rows.Rows, seed + (ulong)contributor, experiment.Validation);
        var own = rows.Take(training);
        var trained = IsAttacker(contributor) && attack.Poison is { } poison ? poison(own) : own;
        return new(trained, rows.Take(judging), HeldOut: rows.Take([]), Root: []);
    }

    private bool IsAttacker(int contributor) => contributor < experiment.Attackers;

    // Every round samples anew, and as many attackers as their share says.
    private int[] Sample(int round, ulong stream, int count)
    {
        var order = Enumerable.Range(0, shards.Length).ToArray();
        new SplitMix64(Mix(stream, (ulong)round)).Shuffle(order.AsSpan());
        return order[..count];
    }

    // Whose training diverges sends nothing in this round.
    private (int[] Delivered, List<ModelUpdate> Updates) Updates(
        int[] sampled, int[] parameters, int exponent, ServerState state, int round)
    {
        var drifts = sampled.ToDictionary(i => i, i => variates?[i].Drift(state, parameters.Length));
        var trained = Train(
            sampled, contributor => shards[contributor].Training, parameters, round, TrainStream, recipe, drifts);
        foreach (var lost in sampled.Except(trained.Select(each => each.Who)))
            Forget(lost);
        if (trained.Length == 0)
            throw new DataException($"the training of everybody diverged in round {round}", "lower the learning rate");
        var delivered = Array.ConvertAll(trained, each => each.Who);
        var updates = Forged(trained, round).Select((delta, i) => feedback[delivered[i]].Quantise(
            delta, exponent, Mix(AttackStream + 1, (ulong)round, delivered[i]), recipe.Format, round)).ToList();
        for (var i = 0; i < delivered.Length; i++)
            if (drifts[delivered[i]] is { } drift)
                variates![delivered[i]].Learn(drift, Quantisation.Dequantise(updates[i]));
        return (delivered, updates);
    }

    // What is remembered may be what drove the training out of the finite numbers.
    private void Forget(int contributor)
    {
        feedback[contributor] = new();
        if (variates is not null)
            variates[contributor] = new();
    }

    // The attackers come first, as their numbers are the lowest.
    private float[][] Forged((int Who, float[] Delta)[] trained, int round)
    {
        var deltas = Array.ConvertAll(trained, each => each.Delta);
        if (attack.Forge is not { } forge)
            return deltas;
        var attackers = trained.Count(each => IsAttacker(each.Who));
        var honest = deltas[attackers..];
        Parallel.For(0, attackers, i =>
            deltas[i] = forge(new(deltas[i], honest, Mix(AttackStream, (ulong)round, trained[i].Who))));
        return deltas;
    }

    private List<Root> Roots(int[] scorers, int[] parameters, int exponent, int round)
    {
        var one = recipe with { LocalEpochs = 1 };
        var trained = Train(scorers, scorer => shards[scorer].Validation, parameters, round, RootStream, one);
        return [.. trained.Select(each => new Root(
            Quantisation.Quantise(
                attack.InvertsRoots && IsAttacker(each.Who)
                    ? Array.ConvertAll(each.Delta, value => -value)
                    : each.Delta,
                exponent, Mix(RootStream + 3, (ulong)round, each.Who), recipe.Format), Weight: 1))];
    }

    // Without those whose training diverged.
    private (int Who, float[] Delta)[] Train(
        int[] who, Func<int, Dataset> rows, int[] parameters, int round, ulong stream, Recipe how,
        Dictionary<int, float[]?>? drifts = null)
    {
        var deltas = new float[]?[who.Length];
        Parallel.For(0, models.Length, new ParallelOptions { MaxDegreeOfParallelism = models.Length }, worker =>
        {
            for (var i = worker; i < who.Length; i += models.Length)
                deltas[i] = Finite(LocalTraining.Run(
                    models[worker], how, parameters, rows(who[i]), Mix(stream, (ulong)round, who[i]),
                    drift: drifts?[who[i]]));
        });
        return [.. who.Zip(deltas).Where(each => each.Second is not null).Select(each => (each.First, each.Second!))];
    }

    private static float[]? Finite(float[] delta) => Array.TrueForAll(delta, float.IsFinite) ? delta : null;

    private RoundFigures Measure(
        int round, int[] parameters, int[] sampled, int[] delivered, RoundOutcome outcome, long bytes)
    {
        var evaluation = Inference.Evaluate(models[0], parameters, test);
        var honest = Enumerable.Range(0, delivered.Length).Where(i => !IsAttacker(delivered[i])).ToArray();
        var pay = outcome.Verdicts.Select(verdict => verdict.Merit).ToArray();
        var all = pay.Sum(merit => (long)merit);
        var liars = all - honest.Sum(i => (long)pay[i]);
        return new(
            round, evaluation.Accuracy, evaluation.Loss, bytes,
            honest.Count(i => outcome.Verdicts[i].Outcome != Outcome.Accepted), honest.Length,
            sampled.Length - delivered.Length,
            all == 0 ? 0 : (double)liars / all,
            attack.Name == Attack.BackdoorName ? Inference.Evaluate(models[0], parameters, triggered).Accuracy : 0);
    }

    private ulong Mix(ulong stream, ulong round, int contributor = 0)
        => new SplitMix64(new SplitMix64(new SplitMix64(seed ^ (stream << 56)).Next() ^ round).Next()
            ^ (ulong)contributor).Next();
}
