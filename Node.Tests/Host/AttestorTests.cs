using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Recipes;
using Ledger.Node.Training;

namespace Ledger.Node.Tests.Host;

/// <summary>What a validator says it holds of what contributors, some of them hostile, have revealed.</summary>
public class AttestorTests
{
    [Test]
    public async Task Only_updates_of_the_right_form_for_this_task_and_round_are_attested()
    {
        await using var net = new Testnet(validators: 4, tasks: 2);
        var state = FirstState.From(net.Genesis);
        var (first, second) = (state.Tasks.Values.First(), state.Tasks.Values.Last());
        var good = Update(first, exponent: 8).Encode();
        var other = Update(second, exponent: 9).Encode();
        // The update is good for the first task; for the second, with its finer exponent, it is not.
        state = state.With(Attesting(first, 8, [good])).With(Attesting(second, 9,
            [good, other, good[..^1], [.. good[..^1], 0x80], []]));
        using var node = new Workbench(net.Genesis, 0, state);
        foreach (var blob in (byte[][])[good, other, good[..^1], [.. good[..^1], 0x80]])
            node.Store.PutBlob(blob);
        var attestor = new Attestor(node.Loop, node.Store, node.Catalog, node.Submitter, node.Self, _ => { });

        attestor.Proceed(state);
        Assert.That(Said(node, first.Id), Is.EqualTo(new[] { Testnet.AddressOf(0) }), "nothing is missing: at once");
        Assert.That(Said(node, second.Id), Is.Empty, "one blob may still come");

        await Testnet.Until(() =>
        {
            attestor.Proceed(state);
            return Said(node, second.Id).Any();
        }, 5, "patience has an end, whatever the other task does");
        Assert.That(Said(node, second.Id), Is.EqualTo(new[] { Testnet.AddressOf(1) }));
    }

    [Test]
    public async Task A_task_whose_model_would_fill_the_memory_is_left_alone([Values("cnn", "2nn", "mlp")] string model)
    {
        await using var net = new Testnet(validators: 4, tasks: 1);
        using var node = new Workbench(net.Genesis, 0);
        var task = node.State.Tasks.Values.Single();
        var schema = new Ledger.Learning.Data.ImageSchema(
            1024, 1024, 0, 1, [.. Enumerable.Range(0, 999).Select(i => $"{i}")]);
        var recipe = net.Recipe with { Model = new(model), Schema = schema };
        var bomb = task with
        {
            Spec = task.Spec with
            {
                Recipe = recipe.ToJson(),
                Model = TaskCatalog.ModelId(recipe.Model.ArchitectureFor(schema)),
            },
        };

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(node.Catalog.Find(bomb), Is.Null);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(64 << 20));
    }

    [Test]
    public async Task A_recipe_that_is_no_recipe_is_left_alone(
        [Values("", "{", "[]", "null", "{\"model\":{\"name\":\"file\",\"file-hash\":\"00\"}}")] string recipe)
    {
        await using var net = new Testnet(validators: 4, tasks: 1);
        using var node = new Workbench(net.Genesis, 0);
        var task = node.State.Tasks.Values.Single();

        Assert.That(node.Catalog.Find(task with { Spec = task.Spec with { Recipe = recipe } }), Is.Null);
    }

    private static ModelUpdate Update(LearningTask task, int exponent) =>
        Recipe.TryParse(task.Spec.Recipe, out var recipe, out _)
            ? new(new sbyte[ParameterShape.Total(recipe.Model.ArchitectureFor(recipe.Schema).Shapes)], exponent)
            : throw new InvalidOperationException("the test's recipe does not parse");

    private static LearningTask Attesting(LearningTask task, uint exponent, byte[][] revealed) => task with
    {
        Round = task.Round with
        {
            Phase = Phase.Attest,
            Deadline = ulong.MaxValue / 2,
            Exponent = exponent,
            Contributions = revealed.Select((blob, i) => KeyValuePair.Create(
                Testnet.AddressOf(i), new Contribution(default, Digest.OfBlob(blob), 1, (uint)i)))
                .ToImmutableSortedDictionary(),
        },
    };

    private static IEnumerable<Address> Said(Workbench node, Digest task) =>
        node.Pool.All.Select(t => t.Value.Body.Payload).OfType<Payload.Attest>().Where(a => a.Task == task)
            .SelectMany(a => a.Held);
}
