using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Learning.Rounds;
using Ledger.Learning.Training;

namespace Ledger.Node.Tests.Learning;

/// <summary>Rounds of learning in one process: every party trains and quantises, the rule closes the round.</summary>
internal static class FederatedRun
{
    /// <summary>Accuracy on the test rows after each round.</summary>
    internal static double[] Accuracies(Recipe recipe, IReadOnlyList<Dataset> parties, Dataset test, int rounds)
    {
        using var model = TorchModel.Open(recipe);
        var (parameters, exponent) = (model.InitialParameters(), recipe.UpdateExponent);
        var accuracies = new double[rounds];
        for (var round = 0; round < rounds; round++)
        {
            var updates = parties.Select((party, i) =>
                Train(model, recipe, parameters, party, exponent, (ulong)(1000 * round + i)));
            var outcome = RoundClosing.Close(new()
            {
                Rule = recipe.Rule,
                Parameters = parameters,
                Exponent = exponent,
                Updates = [.. updates],
            });
            (parameters, exponent) = (outcome.Parameters, outcome.Exponent);
            accuracies[round] = Inference.Evaluate(model, parameters, test).Accuracy;
        }

        return accuracies;
    }

    private static ModelUpdate Train(
        TorchModel model, Recipe recipe, int[] parameters, Dataset rows, int exponent, ulong seed)
        => Quantisation.Quantise(LocalTraining.Run(model, recipe, parameters, rows, seed), exponent, seed);
}
