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
    /// <summary>The change of each parameter, as floats. The same arguments give the same floats on the same
    /// machine.</summary>
    public static float[] Run(
        TorchModel model, Recipe recipe, int[] parameters, Dataset data, ulong seed,
        Action<EpochResult>? report = null, CancellationToken cancel = default)
    {
        if (data.Rows == 0)
            throw new DataException("no rows to train on");
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, model.ParameterCount, nameof(parameters));
        ArgumentOutOfRangeException.ThrowIfNotEqual(data.Inputs, model.Schema.Inputs, nameof(data));

        Begin(model, parameters, seed);
        for (var epoch = 1; epoch <= recipe.LocalEpochs; epoch++)
        {
            var loss = RunEpoch(model, recipe, data, cancel);
            report?.Invoke(new(epoch, recipe.LocalEpochs, loss));
        }

        var start = ParameterFloats.FromCanonical(parameters);
        var trained = model.Module.Read(model.ParameterCount);
        for (var k = 0; k < trained.Length; k++)
            trained[k] -= start[k];
        return trained;
    }

    private static unsafe void Begin(TorchModel model, int[] parameters, ulong seed)
    {
        fixed (int* canonical = parameters)
            Shim.Check(Shim.ledger_train_begin(model.Module.Native, canonical, seed));
    }

    // The flag lives in pinned memory that native code looks at before each batch.
    private static unsafe double RunEpoch(TorchModel model, Recipe recipe, Dataset data, CancellationToken cancel)
    {
        var flag = GC.AllocateArray<int>(1, pinned: true);
        using var registration = cancel.Register(() => Volatile.Write(ref flag[0], 1));
        double loss;
        fixed (float* features = data.Features)
        fixed (int* labels = data.Labels, cancelled = flag)
            Shim.Check(Shim.ledger_train_epoch(
                model.Module.Native, features, labels, data.Rows, DescentOf(recipe), cancelled, out loss));
        cancel.ThrowIfCancellationRequested();
        return loss;
    }

    private static Descent DescentOf(Recipe recipe) => new(
        recipe.BatchSize, recipe.LearningRate, recipe.Momentum, recipe.WeightDecay, recipe.ProximalMu,
        recipe.Optimiser == Recipe.AdamW ? 1 : 0);
}
