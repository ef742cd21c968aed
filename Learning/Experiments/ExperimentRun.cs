using Ledger.Learning.Aggregation;
using Ledger.Learning.Attacks;
using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Learning.Rounds;
using Ledger.Learning.Training;

namespace Ledger.Learning.Experiments;

/// <summary>What one round of a run came to. <see cref="Bytes"/> counts update and root blobs as they would travel;
/// the backdoor's success is a share of the triggered rows.</summary>
public readonly record struct RoundFigures(
    int Round, double Accuracy, double Loss, long Bytes, int HonestRefused, int Honest, double AttackersPay,
    double Backdoor);

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
            var updates = Updates(sampled, parameters, exponent, state, round);
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
            var figures = Measure(round, parameters, sampled, outcome,
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

    private List<ModelUpdate> Updates(int[] sampled, int[] parameters, int exponent, ServerState state, int round)
    {
        var drifts = sampled.Select(i => variates?[i].Drift(state, parameters.Length)).ToArray();
        var deltas = Train(
            sampled, contributor => shards[contributor].Training, parameters, round, TrainStream, recipe, drifts);
        for (var i = 0; i < sampled.Length; i++)
            if (drifts[i] is { } drift)
                variates![sampled[i]].Learn(drift, deltas[i]);
        if (attack.Forge is { } forge)
        {
            var honest = deltas.Where((_, i) => !IsAttacker(sampled[i])).ToList();
            Parallel.For(0, sampled.Count(IsAttacker), i =>
                deltas[i] = forge(new(deltas[i], honest, Mix(AttackStream, (ulong)round, sampled[i]))));
        }
        return [.. deltas.Select((delta, i) =>
            feedback[sampled[i]].Quantise(
                delta, exponent, Mix(AttackStream + 1, (ulong)round, sampled[i]), recipe.Format, round))];
    }

    private List<Root> Roots(int[] scorers, int[] parameters, int exponent, int round)
    {
        var one = recipe with { LocalEpochs = 1 };
        var deltas = Train(scorers, scorer => shards[scorer].Validation, parameters, round, RootStream, one);
        return [.. deltas.Select((delta, i) => new Root(
            Quantisation.Quantise(
                attack.InvertsRoots && IsAttacker(scorers[i]) ? Array.ConvertAll(delta, value => -value) : delta,
                exponent, Mix(RootStream + 3, (ulong)round, scorers[i]), recipe.Format), Weight: 1))];
    }

    private float[][] Train(
        int[] who, Func<int, Dataset> rows, int[] parameters, int round, ulong stream, Recipe how,
        float[]?[]? drifts = null)
    {
        var deltas = new float[who.Length][];
        Parallel.For(0, models.Length, new ParallelOptions { MaxDegreeOfParallelism = models.Length }, worker =>
        {
            for (var i = worker; i < who.Length; i += models.Length)
                deltas[i] = LocalTraining.Run(
                    models[worker], how, parameters, rows(who[i]), Mix(stream, (ulong)round, who[i]),
                    drift: drifts?[i]);
        });
        return deltas;
    }

    private RoundFigures Measure(int round, int[] parameters, int[] sampled, RoundOutcome outcome, long bytes)
    {
        var evaluation = Inference.Evaluate(models[0], parameters, test);
        var honest = Enumerable.Range(0, sampled.Length).Where(i => !IsAttacker(sampled[i])).ToArray();
        var pay = outcome.Verdicts.Select(verdict => verdict.Merit).ToArray();
        var all = pay.Sum(merit => (long)merit);
        var liars = all - honest.Sum(i => (long)pay[i]);
        return new(
            round, evaluation.Accuracy, evaluation.Loss, bytes,
            honest.Count(i => outcome.Verdicts[i].Outcome != Outcome.Accepted), honest.Length,
            all == 0 ? 0 : (double)liars / all,
            attack.Name == Attack.BackdoorName ? Inference.Evaluate(models[0], parameters, triggered).Accuracy : 0);
    }

    private ulong Mix(ulong stream, ulong round, int contributor = 0)
        => new SplitMix64(new SplitMix64(new SplitMix64(seed ^ (stream << 56)).Next() ^ round).Next()
            ^ (ulong)contributor).Next();
}
