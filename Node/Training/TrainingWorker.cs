using System.Collections.Concurrent;
using System.Diagnostics;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Attacks;
using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Learning.Rounds;
using Ledger.Learning.Torch;
using Ledger.Learning.Training;
using Ledger.Node.Host;
using Evaluation = Ledger.Learning.Models.Evaluation;

namespace Ledger.Node.Training;

/// <summary>One local run. After <paramref name="Budget"/> it is to end with what it has; <paramref name="Network"/> is
/// the network's control variate, null where the task has none.</summary>
internal sealed record TrainingJob(
    LearningTask Task, TaskKit Kit, int[] Parameters, Dataset Rows, ulong Seed, TimeSpan Budget,
    ServerState? Network = null);

/// <summary>
/// The thread that runs models: one job after another, results posted back to the node's loop. Nothing here knows the
/// chain; a job brings everything it needs.
/// </summary>
internal sealed class TrainingWorker : IDisposable
{
    private readonly BlockingCollection<Action> jobs = [];
    private readonly Dictionary<Digest, TorchModel> models = [];
    private readonly Dictionary<Digest, (ErrorFeedback Feedback, ControlVariate Variate)> memories = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly NodeLoop loop;
    private readonly Attack attack;
    private readonly Thread thread;

    internal TrainingWorker(NodeLoop loop, Attack? attack = null)
    {
        (this.loop, this.attack) = (loop, attack ?? Attack.Find(Attack.NoneName)!);
        thread = new(Run) { Name = "training", IsBackground = true };
    }

    /// <summary>What the worker is doing, for the loop's snapshots.</summary>
    internal TrainingSnapshot? Activity { get; private set; }

    internal void Start() => thread.Start();

    /// <summary>Trains from the round's parameters; <paramref name="done"/> runs on the loop with the update.</summary>
    internal void Train(TrainingJob job, Action<ModelUpdate> done) =>
        Enqueue(job.Task, "training", () =>
        {
            var update = Update(job);
            loop.Post(() => done(update));
        });

    /// <summary>A scorer's root: one epoch over its rows held out.</summary>
    internal void TrainRoot(TrainingJob job, Action<ModelUpdate> done) =>
        Enqueue(job.Task, "training", () =>
        {
            var one = job.Kit with { Recipe = job.Kit.Recipe with { LocalEpochs = 1 } };
            var delta = Run(job with { Kit = one }, drift: null);
            var root = Quantisation.Quantise(
                attack.InvertsRoots ? Array.ConvertAll(delta, value => -value) : delta,
                (int)job.Task.Round.Exponent, job.Seed, job.Kit.Recipe.Format);
            loop.Post(() => done(root));
        });

    private ModelUpdate Update(TrainingJob job)
    {
        try
        {
            var memory = MemoryOf(job.Task);
            var drift = job.Network is { } network
                ? memory.Variate.Drift(network, job.Kit.ParameterCount)
                : null;
            var delta = Run(job with { Rows = attack.Poison?.Invoke(job.Rows) ?? job.Rows }, drift);
            var update = memory.Feedback.Quantise(
                attack.ForgeAlone(delta, job.Seed), (int)job.Task.Round.Exponent, job.Seed, job.Kit.Recipe.Format,
                (int)job.Task.Round.Number);
            if (drift is not null)
                memory.Variate.Learn(drift, Quantisation.Dequantise(update));
            return update;
        }
        catch (DivergenceException)
        {
            // What is remembered may be what drove it there.
            memories.Remove(job.Task.Id);
            throw;
        }
    }

    private float[] Run(TrainingJob job, float[]? drift)
    {
        var clock = Stopwatch.StartNew();
        using var enough = new CancellationTokenSource(job.Budget);
        var delta = LocalTraining.Run(
            Model(job.Task.Id, job.Kit), job.Kit.Recipe, job.Parameters, job.Rows, job.Seed,
            epoch => Report(job.Task, "training", epoch.Epoch, epoch.Epochs), drift, enough.Token, stopping.Token);
        Log.Trained(job.Task.Spec.Name, job.Task.Round.Number, (ulong)clock.ElapsedMilliseconds,
            enough.IsCancellationRequested);
        return delta;
    }

    /// <summary>Counts the rows that a model gets right; <paramref name="done"/> runs on the loop.</summary>
    internal void Evaluate(
        LearningTask task, TaskKit kit, int[] parameters, Dataset rows, Action<Evaluation> done) =>
        Enqueue(task, "evaluating", () =>
        {
            var evaluation = Inference.Evaluate(Model(task.Id, kit), parameters, rows);
            loop.Post(() => done(evaluation));
        });

    public void Dispose()
    {
        stopping.Cancel();
        jobs.CompleteAdding();
        if (thread.IsAlive)
            thread.Join();
        foreach (var model in models.Values)
            model.Dispose();
        jobs.Dispose();
        stopping.Dispose();
    }

    private void Enqueue(LearningTask task, string activity, Action job)
    {
        if (jobs.IsAddingCompleted)
            return;
        jobs.Add(() =>
        {
            Report(task, activity, 0, 0);
            RunOne(task, job);
            loop.Post(() => Activity = null);
        });
    }

    private void Report(LearningTask task, string activity, int progress, int of) =>
        loop.Post(() => Activity = new(task.Id, task.Round.Number, activity, progress, of));

    private void Run()
    {
        foreach (var job in jobs.GetConsumingEnumerable())
            if (!stopping.IsCancellationRequested)
                job();
    }

    // A model that fails on this machine's rows is this machine's problem: the others go on without its update.
    private static void RunOne(LearningTask task, Action job)
    {
        try
        {
            job();
        }
        catch (DataException e)
        {
            Log.Unusable(task.Spec.Name, e.Message);
        }
        catch (TorchException e)
        {
            Log.Unusable(task.Spec.Name, e.Message);
        }
        catch (OperationCanceledException)
        {
            // The node is stopping.
        }
    }

    private (ErrorFeedback Feedback, ControlVariate Variate) MemoryOf(LearningTask task)
    {
        if (!memories.TryGetValue(task.Id, out var known))
            memories[task.Id] = known = (new(), new());
        return known;
    }

    private TorchModel Model(Digest task, TaskKit kit)
    {
        if (!models.TryGetValue(task, out var model))
            models[task] = model = TorchModel.Open(kit.Recipe, kit.File);
        return model;
    }
}
