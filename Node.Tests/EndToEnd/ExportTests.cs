using System.Globalization;
using Ledger.Learning.Data;
using Ledger.Node.Tests.Learning;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>The canonical model leaves the house: PyTorch gets from the files what <c>model predict</c> says.</summary>
[NonParallelizable]
public class ExportTests
{
    // The export takes features as the task scales them; its recipe says how.
    private const string Exam = """
        import csv, json, sys, torch
        folder = sys.argv[1]
        schema = json.load(open(folder + "/recipe.json"))["schema"]
        rows = list(csv.DictReader(open(folder + "/digits.csv")))
        scaled = lambda row: [(float(row[c["name"]]) - c["mean"]) / c["deviation"] for c in schema["columns"]]
        x = torch.tensor([scaled(row) for row in rows])
        y = torch.tensor([schema["classes"].index(row[schema["label"]]) for row in rows])
        model = torch.jit.load(folder + "/digits.pt")
        print(int((model(x).argmax(1) == y).sum()))
        """;

    private const string Tensors = """
        import json, struct, sys, torch
        folder = sys.argv[1]
        raw = open(folder + "/digits.safetensors", "rb").read()
        size = struct.unpack("<Q", raw[:8])[0]
        header = json.loads(raw[8:8 + size])
        held = {name: value for name, value in torch.jit.load(folder + "/digits.pt").named_parameters()}
        stored = {name: entry for name, entry in header.items() if name != "__metadata__"}
        same = 0
        for name, entry in stored.items():
            begin, end = entry["data_offsets"]
            values = torch.frombuffer(bytearray(raw[8 + size + begin:8 + size + end]), dtype=torch.float32)
            same += torch.equal(values.reshape(entry["shape"]), held[name].detach())
        print(same, len(stored), len(held), header["__metadata__"]["parameters"])
        """;

    [Test]
    public async Task PyTorch_scores_the_exported_model_as_predict_does()
    {
        using var folder = new TemporaryFolder();
        var node = (await SharedNetwork.Get()).Nodes[0];
        await node.Json("model", "export", "-o", $"{folder.Path}/digits.pt");
        folder.Write("recipe.json", (await node.Task()).Recipe);
        await using (var digits = typeof(Source).Assembly.GetManifestResourceStream("digits")!)
        await using (var copy = File.Create($"{folder.Path}/digits.csv"))
            await digits.CopyToAsync(copy);
        var predicted = await node.Json("model", "predict", "digits");

        var correct = int.Parse(PyTorch.Run(Exam, folder.Path), CultureInfo.InvariantCulture);

        TestContext.Out.WriteLine($"PyTorch {correct}, predict {predicted.GetProperty("correct")} of 1797");
        // A probability may round differently where two classes are equally likely; no more than that.
        Assert.That(correct, Is.EqualTo(predicted.GetProperty("correct").GetInt32()).Within(1));
    }

    [Test]
    public async Task Both_formats_hold_the_same_numbers()
    {
        using var folder = new TemporaryFolder();
        var node = (await SharedNetwork.Get()).Nodes[0];
        await node.Json("model", "export", "-o", $"{folder.Path}/digits.pt");
        var export = await node.Json("model", "export", "-o", $"{folder.Path}/digits.safetensors");

        var printed = PyTorch.Run(Tensors, folder.Path).Trim().Split(' ');

        Assert.That((printed[0], printed[1]), Is.EqualTo((printed[2], printed[2])));
        Assert.That(printed[3], Is.EqualTo(export.GetProperty("parameters").GetString()));
    }
}
