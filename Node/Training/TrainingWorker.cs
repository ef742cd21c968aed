using System.Collections.Concurrent;
using System.Diagnostics;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Attacks;
using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Learning.Torch;
using Ledger.Learning.Training;
using Ledger.Node.Host;

namespace Ledger.Node.Training;

/// <summary>
/// The thread that runs models: one job after another, results posted back to the node's loop. Nothing here knows the
/// chain; a job brings everything it needs.
/// </summary>
internal sealed class TrainingWorker : IDisposable
{
    private readonly BlockingCollection<Action> jobs = [];
    private readonly Dictionary<Digest, TorchModel> models = [];
    private readonly Dictionary<Digest, ErrorFeedback> feedback = [];
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
    internal void Train(
        LearningTask task, TaskKit kit, int[] parameters, Dataset rows, ulong seed, Action<ModelUpdate> done) =>
        Run(task, kit, parameters, attack.Poison?.Invoke(rows) ?? rows, seed,
            delta => FeedbackOf(task).Quantise(attack.ForgeAlone(delta, seed), (int)task.Round.Exponent, seed,
                kit.Recipe.Format, (int)task.Round.Number), done);

    /// <summary>A scorer's root: one epoch over its rows held out.</summary>
    internal void TrainRoot(
        LearningTask task, TaskKit kit, int[] parameters, Dataset rows, ulong seed, Action<ModelUpdate> done) =>
        Run(task, kit with { Recipe = kit.Recipe with { LocalEpochs = 1 } }, parameters, rows, seed,
            delta => Quantisation.Quantise(
                attack.InvertsRoots ? Array.ConvertAll(delta, value => -value) : delta,
                (int)task.Round.Exponent, seed, kit.Recipe.Format), done);

    private void Run(
        LearningTask task, TaskKit kit, int[] parameters, Dataset rows, ulong seed, Func<float[], ModelUpdate> change,
        Action<ModelUpdate> done) =>
        Enqueue(task, "training", () =>
        {
            var clock = Stopwatch.StartNew();
            var delta = LocalTraining.Run(
                Model(task.Id, kit), kit.Recipe, parameters, rows, seed,
                epoch => Report(task, "training", epoch.Epoch, epoch.Epochs), stopping.Token);
            var update = change(delta);
            Log.Trained(task.Spec.Name, task.Round.Number, (ulong)clock.ElapsedMilliseconds);
            loop.Post(() => done(update));
        });

    /// <summary>Counts the rows that a model gets right; <paramref name="done"/> runs on the loop.</summary>
    internal void Evaluate(LearningTask task, TaskKit kit, int[] parameters, Dataset rows, Action<int, int> done) =>
        Enqueue(task, "evaluating", () =>
        {
            var counts = Inference.Evaluate(Model(task.Id, kit), parameters, rows);
            loop.Post(() => done(counts.Correct, counts.Total));
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

    private ErrorFeedback FeedbackOf(LearningTask task)
    {
        if (!feedback.TryGetValue(task.Id, out var known))
            feedback[task.Id] = known = new();
        return known;
    }

    private TorchModel Model(Digest task, TaskKit kit)
    {
        if (!models.TryGetValue(task, out var model))
            models[task] = model = TorchModel.Open(kit.Recipe, kit.File);
        return model;
    }
}
