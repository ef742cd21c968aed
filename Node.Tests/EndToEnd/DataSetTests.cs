using System.Globalization;
using System.Text;
using Ledger.Node.Tests.Learning;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>A testnet on data as people have it: hospitals with gaps in their files, images, words.</summary>
[NonParallelizable]
public class DataSetTests
{
    private static readonly string[] Hospitals = ["cleveland", "hungary", "switzerland", "long_beach"];

    // 509 of the 920 patients are ill; 411 have num 0, the most frequent of five.
    [TestCase("num>0", 509.0 / 920), TestCase("num", 411.0 / 920), CancelAfter(180_000)]
    public async Task Four_hospitals_learn_about_hearts_and_keep_their_rows(string label, double majority)
    {
        var files = Hospitals.Select(name => RealData.Path("tabular", "heart_disease", $"{name}.csv"));

        var summary = await Devnet.Run(
            ["--data", string.Join(',', files), "--label", label, "--split", "site", "--rounds", "6"]);

        var rows = summary.GetProperty("perNode").EnumerateArray()
            .Select(node => new[] { "rows", "validation", "heldOut" }.Sum(part => node.GetProperty(part).GetInt32()));
        Assert.That(rows, Is.EqualTo(new[] { 303, 294, 123, 200 }), "each hospital is a node");
        Devnet.Learned(summary, atLeast: majority);
    }

    [Test, CancelAfter(240_000)]
    public async Task Handwritten_digits_are_learned_from_idx_files()
    {
        var summary = await Devnet.Run(["--data", RealData.Path("mnist"), "--model", "2nn", "--rounds", "2"]);
        Devnet.Learned(summary, atLeast: 0.9);
    }

    [Test, CancelAfter(180_000)]
    public async Task Three_kinds_of_iris_are_told_apart()
    {
        var summary = await Devnet.Run(
            ["--data", RealData.Path("tabular", "iris.csv"), "--label", "species", "--rounds", "8", "--nodes", "3"]);
        Devnet.Learned(summary, atLeast: 0.8);
    }

    [Test, CancelAfter(180_000)]
    public async Task Words_gaps_and_umlauts_in_a_table_are_understood()
    {
        using var folder = new TemporaryFolder();
        var data = folder.Write("wetter.csv", Weather());
        var summary = await Devnet.Run(["--data", data, "--label", "mood", "--rounds", "6", "--nodes", "3"]);
        Devnet.Learned(summary, atLeast: 0.8);
    }

    // 15 % of all characters are spaces: who always says 'space' is right as often.
    [Test, CancelAfter(240_000)]
    public async Task What_comes_next_in_Shakespeare_is_learned_from_a_text()
    {
        using var folder = new TemporaryFolder();
        var play = await File.ReadAllTextAsync(RealData.Path("text", "tiny_shakespeare.txt"));
        var summary = await Devnet.Run(
            ["--data", folder.Write("play.txt", play[..60_000]), "--rounds", "2", "--nodes", "3"]);
        Devnet.Learned(summary, atLeast: 0.2);
    }

    // The mood follows the sky, but on cold days; every 17th temperature is unknown.
    private static string Weather()
    {
        string[] skies = ["sunny", "cloudy", "\"rain, heavy\"", "sch\u00f6n"];
        var text = new StringBuilder("sky,temperature,day,mood\n");
        for (var i = 0; i < 480; i++)
        {
            var (sky, degrees) = (skies[i * 7 % 4], i * 13 % 35 - 5);
            var mood = degrees > 8 && i * 7 % 4 is 0 or 3 ? "good" : "bad";
            var shown = i % 17 == 0 ? "" : degrees.ToString(CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{sky},{shown},{i % 7},{mood}\n");
        }
        return text.ToString();
    }
}
