using Ledger.Learning;
using Ledger.Learning.Data;
using Ledger.Learning.Export;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Learning.Training;

namespace Ledger.Node.Tests.Learning;

internal sealed class ModelFileTests
{
    private const string Sound = """
        class M(nn.Module):
            def __init__(self):
                super().__init__()
                self.net = nn.Sequential(
                    nn.Linear(64, 20), nn.LayerNorm(20), nn.GELU(), nn.Dropout(0.1), nn.Linear(20, 10))
            def forward(self, x):
                return self.net(x)
        """;

    private static readonly Table Source = Ledger.Learning.Data.Source.Digits();
    private static readonly Schema Schema = Schema.Infer([Source], "label");

    [Test]
    public void A_users_model_trains_from_its_own_parameters()
    {
        var file = PyTorch.Script(Sound);
        var recipe = RecipeFor(file);
        using var model = TorchModel.Open(recipe, file);
        var digits = Schema.Encode(Source);
        var parameters = model.InitialParameters();
        var losses = new List<double>();

        LocalTraining.Run(model, recipe, parameters, digits, 1, epoch => losses.Add(epoch.Loss));

        Assert.That(model.Shapes[0].Name, Is.EqualTo("net.0.weight"));
        Assert.That(parameters.Count(parameter => parameter != 0), Is.GreaterThan(1200));
        Assert.That(losses[^1], Is.LessThan(losses[0] / 2));
        Assert.That(ModelFile.Check("m.pt", file, Schema), Is.EqualTo(model.Shapes));
    }

    [Test]
    public void What_is_frozen_is_neither_trained_nor_sent()
    {
        var file = PyTorch.Script(Sound.Replace(
            "    def forward", "        self.net[0].requires_grad_(False)\n    def forward", StringComparison.Ordinal));
        var recipe = RecipeFor(file);
        using var model = TorchModel.Open(recipe, file);
        using var folder = new TemporaryFolder();
        var delta = LocalTraining.Run(model, recipe, model.InitialParameters(), Schema.Encode(Source), 1);
        folder.Write("before.pt", file);
        folder.Write("after.pt", TorchScriptFile.Write(model, ParameterFloats.ToCanonical(delta)));

        Assert.That(model.Shapes.Select(shape => shape.Name), Is.EqualTo(new[]
        {
            "net.1.weight", "net.1.bias", "net.4.weight", "net.4.bias",
        }));
        Assert.That(PyTorch.Run("""
            import sys, torch
            before, after = (torch.jit.load(sys.argv[1] + f"/{name}.pt").state_dict() for name in ("before", "after"))
            print(*(name for name in before if torch.equal(before[name], after[name])))
            """, folder.Path).Trim(), Is.EqualTo("net.0.weight net.0.bias"), "the export has it as it was");
    }

    [Test]
    public void A_model_that_is_frozen_as_a_whole_has_nothing_to_learn()
    {
        var file = PyTorch.Script(Sound.Replace(
            "    def forward", "        self.requires_grad_(False)\n    def forward", StringComparison.Ordinal));
        Assert.That(() => ModelFile.Check("m.pt", file, Schema), Throws.TypeOf<DataException>()
            .With.Message.StartsWith("m.pt: 0 parameters").And.Property("Hint").Contains("frozen"));
    }

    [TestCase("print(x.sum())", "prim::Print", TestName = "A model that prints is refused")]
    [TestCase("torch.save(x, '/dev/null')", "aten::save", TestName = "A model that writes a file is refused")]
    [TestCase("x = x + torch.from_file('/dev/zero', False, 1)", "aten::from_file",
        TestName = "A model that reads a file is refused")]
    [TestCase("x = x + torch.rand(1)", "aten::rand", TestName = "A model with noise of its own is refused")]
    [TestCase("while bool(x.sum() < 1): x = x + 0", "while", TestName = "A model that need not end is refused")]
    [TestCase("x = torch.jit.wait(torch.jit.fork(torch.relu, x))", "aten::wait",
        TestName = "A model that starts threads is refused")]
    public void A_hostile_model_is_refused_by_the_name_of_its_operator(string line, string refused)
    {
        var file = PyTorch.Script($"""
            class Inner(nn.Module):
                def forward(self, x):
                    if x.dim() == 2:
                        {line}
                    return x
            class M(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.inner, self.out = Inner(), nn.Linear(64, 10)
                def forward(self, x):
                    return self.out(self.inner(x))
            """);

        Assert.That(
            () => ModelFile.Check("m.pt", file, Schema),
            Throws.TypeOf<DataException>().With.Message.EqualTo($"m.pt: operator {refused} is not allowed"));
    }

    [Test]
    public void Code_that_would_run_while_a_file_is_loaded_is_refused()
    {
        var file = PyTorch.Script("""
            class M(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.out = nn.Linear(64, 10)
                def forward(self, x):
                    return self.out(x)
                @torch.jit.export
                def __getstate__(self):
                    return (self.training,)
                @torch.jit.export
                def __setstate__(self, state: Tuple[bool]):
                    print("running")
                    self.training = state[0]
            """.Insert(0, "from typing import Tuple\n"));

        Assert.That(
            () => ModelFile.Check("m.pt", file, Schema),
            Throws.TypeOf<DataException>().With.Message.Contains("__setstate__").Or.Message.Contains("__getstate__"));
    }

    [Test]
    public void Running_statistics_are_refused_because_nobody_would_average_them()
    {
        var file = PyTorch.Script(Sound.Replace("LayerNorm", "BatchNorm1d", StringComparison.Ordinal));

        Assert.That(
            () => ModelFile.Check("m.pt", file, Schema),
            Throws.TypeOf<DataException>().With.Message.EqualTo(
                "m.pt: buffer 'net.1.running_mean' holds floats, and only parameters are aggregated"));
    }

    [Test]
    public void A_model_for_other_inputs_or_classes_is_refused()
    {
        foreach (var sizes in new[] { "Linear(63, 20)|Linear(20, 10)", "Linear(64, 20)|Linear(20, 9)" })
        {
            var parts = sizes.Split('|');
            var file = PyTorch.Script(Sound.Replace("Linear(64, 20)", parts[0], StringComparison.Ordinal)
                .Replace("Linear(20, 10)", parts[1], StringComparison.Ordinal));
            Assert.That(
                () => ModelFile.Check("m.pt", file, Schema),
                Throws.TypeOf<DataException>().With.Message.StartsWith("m.pt: the model does not run on the data: "));
        }
    }

    [Test]
    public void A_file_cut_short_or_of_other_bytes_is_refused_with_advice()
    {
        var file = PyTorch.Script(Sound);
        byte[][] damaged = [[], [1, 2, 3], file[..10], file[..(file.Length / 2)], file[..^1]];
        foreach (var bytes in damaged)
            Assert.That(
                () => ModelFile.Check("m.pt", bytes, Schema),
                Throws.TypeOf<DataException>().With.Message.StartsWith("m.pt is not a TorchScript file")
                    .And.Message.Not.Contains("\n")
                    .And.Property(nameof(DataException.Hint)).Contains("torch.jit.script"));
    }

    [Test]
    public void Another_file_than_the_recipes_is_refused()
        => Assert.That(
            () => TorchModel.Open(RecipeFor([1]), [2]),
            Throws.TypeOf<DataException>().With.Message.StartsWith("the model file is not the task's"));

    private static Recipe RecipeFor(byte[] file) => new()
    {
        Model = ModelFile.Choice(file),
        Schema = Schema,
        LearningRate = 0.05,
        Momentum = 0.9,
        BatchSize = 32,
        LocalEpochs = 4,
    };
}
