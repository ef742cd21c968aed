using System.CommandLine;
using Ledger.Consensus.Crypto;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary>A task's model with the parameters that came out of a round, fetched from the node by their hash.</summary>
internal sealed record CanonicalModel(TaskView Task, RoundView Round, Recipe Recipe, TorchModel Model,
    int[] Parameters) : IDisposable
{
    internal static async Task<CanonicalModel> Fetch(NodeClient node, ParseResult parsed, CancellationToken stop)
    {
        var task = await RunningNode.TaskOf(node, parsed, stop);
        var round = RoundOf(task, parsed.GetValue(ModelCommand.Round));
        var recipe = RecipeOf(task);
        var file = recipe.Model.FileHash is null ? null : await Checked(node, task.Model, stop);
        var model = TorchModel.Open(recipe, file);
        var blob = await Checked(node, round.Parameters, stop);
        if (!Learning.Aggregation.Parameters.TryDecode(blob, model.ParameterCount, out var parameters))
            throw new OperatorException($"the blob {round.Parameters} holds no parameters of this model",
                "restore or resync the node");
        return new(task, round, recipe, model, parameters);
    }

    /// <summary>What the learning code reads of a task.</summary>
    internal static Recipe RecipeOf(TaskView task) => Recipe.TryParse(task.Recipe, out var recipe, out var error)
        ? recipe
        : throw new OperatorException($"the recipe of task '{task.Name}' does not read: {error}",
            "is the node of another version?");

    /// <summary>The round that is asked for, or the newest.</summary>
    internal static RoundView RoundOf(TaskView task, uint? number)
    {
        var last = (uint)task.Results.Count - 1;
        return (number ?? last) <= last
            ? task.Results[(int)(number ?? last)]
            : throw new OperatorException($"round {number} of task '{task.Name}' is not done",
                $"the newest is round {last}");
    }

    public void Dispose() => Model.Dispose();

    /// <summary>A blob by its digest, which was voted on: whoever gives us the bytes need not be trusted.</summary>
    internal static async Task<byte[]> Checked(NodeClient node, string digest, CancellationToken stop)
    {
        var blob = await node.Blob(digest, stop);
        return Digest.OfBlob(blob).ToString() == digest
            ? blob
            : throw new OperatorException($"the node gave other bytes than {digest}",
                "its store is damaged: restore or resync it");
    }
}
