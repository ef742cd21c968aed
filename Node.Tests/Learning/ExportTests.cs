using System.Globalization;
using Ledger.Learning.Data;
using Ledger.Learning.Export;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;

namespace Ledger.Node.Tests.Learning;

internal sealed class ExportTests
{
    private static readonly ImageSchema Schema = new(8, 8, 0.5f, 0.5f, ["a", "b", "c"]);

    [Test]
    public void PyTorch_runs_an_exported_model_to_the_same_outputs([Values("mlp", "cnn")] string name)
    {
        using var folder = new TemporaryFolder();
        using var model = TorchModel.Open(RecipeOf(name));
        var parameters = model.InitialParameters();
        var row = Enumerable.Range(0, 64).Select(i => i / 64f).ToArray();
        folder.Write("model.pt", TorchScriptFile.Write(model, parameters));

        var output = PyTorch.Run(
            """
            import sys, torch
            extra = {"schema.json": ""}
            model = torch.jit.load(sys.argv[1] + "/model.pt", _extra_files=extra)
            x = (torch.arange(64) / 64.0).reshape(1, 1, 8, 8)
            print(extra["schema.json"].decode())
            print(*torch.softmax(model(x), 1)[0].tolist())
            """, folder.Path).Split('\n');

        Assert.That(output[0], Is.EqualTo(Schema.ToString()));
        Assert.That(
            output[1].Split(' ').Select(number => float.Parse(number, CultureInfo.InvariantCulture)),
            Is.EqualTo(Inference.Predict(model, parameters, row)).Within(1e-6));
    }

    [Test]
    public void A_safetensors_file_has_every_tensor_where_its_header_says()
    {
        using var folder = new TemporaryFolder();
        using var model = TorchModel.Open(RecipeOf("mlp"));
        var parameters = model.InitialParameters();
        using var stream = new MemoryStream();
        SafetensorsFile.Write(stream, model.Shapes, parameters,
            new Dictionary<string, string> { ["schema"] = Schema.ToString() });
        folder.Write("model.safetensors", stream.ToArray());
        folder.Write("model.pt", TorchScriptFile.Write(model, parameters));

        var output = PyTorch.Run(
            """
            import json, struct, sys, torch
            data = open(sys.argv[1] + "/model.safetensors", "rb").read()
            length = struct.unpack("<Q", data[:8])[0]
            header, body = json.loads(data[8:8 + length]), data[8 + length:]
            print(json.loads(header.pop("__metadata__")["schema"])["kind"])
            for name, tensor in torch.jit.load(sys.argv[1] + "/model.pt").named_parameters():
                start, end = header.pop(name)["data_offsets"]
                assert torch.equal(torch.frombuffer(bytearray(body[start:end]), dtype=torch.float32), tensor.flatten())
            assert not header and end == len(body)
            """, folder.Path);

        Assert.That(output.Trim(), Is.EqualTo("image"));
    }

    private static Recipe RecipeOf(string model) => new()
    {
        Model = new(model),
        Schema = Schema,
        LearningRate = 0.1,
        BatchSize = 32,
        LocalEpochs = 1,
        Seed = 1,
    };
}
