using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Learning.Torch;

namespace Ledger.Learning.Training;

/// <summary>One finished epoch of a local run, from 1, and the mean loss over it.</summary>
public readonly record struct EpochResult(int Epoch, int Epochs, double Loss);

/// <summary>A party's own training in one round (the ClientUpdate of McMahan et al., 2017): some epochs from the
/// canonical parameters over its rows.</summary>
public static class LocalTraining
{
    /// <summary>Who is told that time is up has made at least this part of its steps: scaled up by more, an update
    /// would be noise.</summary>
    public const int LeastPart = 8;

    /// <summary>
    /// The change of each parameter, as floats. The same arguments give the same floats on the same machine, unless
    /// <paramref name="enough"/> ends the run early: then the change is scaled up to the steps that were asked for, as
    /// FedNova does (Wang et al., 2020), so that a slow machine does less and weighs the same.
    /// <paramref name="drift"/> is spread over the steps: SCAFFOLD's correction (see <see cref="ControlVariate"/>).
    /// </summary>
    public static float[] Run(
        TorchModel model, Recipe recipe, int[] parameters, Dataset data, ulong seed,
        Action<EpochResult>? report = null, float[]? drift = null, CancellationToken enough = default,
        CancellationToken cancel = default)
    {
        if (data.Rows == 0)
            throw new DataException("no rows to train on");
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, model.ParameterCount, nameof(parameters));
        ArgumentOutOfRangeException.ThrowIfNotEqual(data.Inputs, model.Schema.Inputs, nameof(data));

        var asked = recipe.LocalEpochs * ((data.Rows + recipe.BatchSize - 1L) / recipe.BatchSize);
        Begin(model, parameters, seed, drift is null ? null : Array.ConvertAll(drift, each => each / asked));
        var steps = 0L;
        for (var epoch = 1; epoch <= recipe.LocalEpochs && !IsEnough(steps, asked, enough); epoch++)
        {
            (steps, var loss) = RunEpoch(model, recipe, data, LeastSteps(asked), enough, cancel);
            report?.Invoke(new(epoch, recipe.LocalEpochs, loss));
        }

        var start = ParameterFloats.FromCanonical(parameters);
        var trained = model.Module.Read(model.ParameterCount);
        var scale = (float)asked / steps;
        for (var k = 0; k < trained.Length; k++)
            trained[k] = (trained[k] - start[k]) * scale;
        return trained;
    }

    private static long LeastSteps(long asked) => (asked + LeastPart - 1) / LeastPart;

    private static bool IsEnough(long steps, long asked, CancellationToken enough) =>
        enough.IsCancellationRequested && steps >= LeastSteps(asked);

    private static unsafe void Begin(TorchModel model, int[] parameters, ulong seed, float[]? drift)
    {
        fixed (int* canonical = parameters)
        fixed (float* added = drift)
            Shim.Check(Shim.ledger_train_begin(model.Module.Native, canonical, seed, added));
    }

    // The flags live in pinned memory that native code looks at before each batch.
    private static unsafe (long Steps, double Loss) RunEpoch(
        TorchModel model, Recipe recipe, Dataset data, long least, CancellationToken enough, CancellationToken cancel)
    {
        var flags = GC.AllocateArray<int>(2, pinned: true);
        using var cancelling = cancel.Register(() => Volatile.Write(ref flags[0], 1));
        using var ending = enough.Register(() => Volatile.Write(ref flags[1], 1));
        long steps;
        double loss;
        fixed (float* features = data.Features)
        fixed (int* labels = data.Labels, stop = flags)
            Shim.Check(Shim.ledger_train_epoch(
                model.Module.Native, features, labels, data.Rows, DescentOf(recipe), stop, least, out steps,
                out loss));
        cancel.ThrowIfCancellationRequested();
        return (steps, loss);
    }

    private static Descent DescentOf(Recipe recipe) => new(
        recipe.BatchSize, recipe.LearningRate, recipe.Momentum, recipe.WeightDecay, recipe.ProximalMu,
        recipe.Optimiser == Recipe.AdamW ? 1 : 0, recipe.Schema.Target is null ? 0 : 1);
}
