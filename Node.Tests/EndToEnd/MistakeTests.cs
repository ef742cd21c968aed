using Ledger.Node.Cli;
using Ledger.Node.Tests.Learning;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>A person's mistakes: two lines that say what is wrong and what to do, and an exit code.</summary>
[NonParallelizable]
public class MistakeTests
{
    private const string WrongLetter = "led1t678ernzu7edu02g2lxgled3m57v40svyatlfw56hkquek9pff0qphxfs9";

    [TestCase("frobnicate", 2, "unknown command 'frobnicate'", "known are: devnet")]
    [TestCase("devnte", 2, "unknown command 'devnte'", "did you mean 'devnet'?")]
    [TestCase("devnet --nods 3", 2, "unknown option '--nods'", "did you mean '--nodes'?")]
    [TestCase("devnet --rounds many", 2, "'many' is no value for --rounds", "ledger devnet --help")]
    [TestCase("devnet --data FOLDER/none.csv --label x", 1, "no file 'FOLDER/none.csv'", "a CSV file")]
    [TestCase("devnet --data FOLDER/pets.csv --label dog", 1, "pets.csv: no column 'dog'", "columns are: legs, kind")]
    [TestCase("devnet --data FOLDER/pets.csv", 1, "which column is the label?", "columns are: legs, kind")]
    [TestCase("devnet --data FOLDER/pets.csv,FOLDER/cars.csv --label kind --split site", 1, "cars.csv", "kind")]
    [TestCase("devnet --data FOLDER/note.txt", 1, "note.txt: 5 characters, a row is 80", "longer")]
    [TestCase("devnet --data FOLDER/pets.csv --label kind --model char-lstm", 1, "model 'char-lstm' reads text", "mlp")]
    [TestCase("devnet --data FOLDER/data.npz", 1, "data.npz: the file is damaged or cut short", "write it again")]
    [TestCase("devnet --model FOLDER/cut.pt", 1, "cut.pt is not a TorchScript file", "torch.jit.script")]
    [TestCase("devnet --model FOLDER/none.pt", 1, "no file 'FOLDER/none.pt'", "--model")]
    [TestCase("run --genesis FOLDER/none.json --home FOLDER/h", 1, "no file 'FOLDER/none.json'", "ledger genesis new")]
    [TestCase("run --genesis FOLDER/pets.csv --home FOLDER/h --dev 0", 1, "FOLDER/pets.csv: ", "")]
    [TestCase("run --genesis FOLDER/dev.json --home FOLDER/none", 1, "there is no key in", "ledger keys new")]
    [TestCase("chain status --home FOLDER/none", 1, "no node is running in 'FOLDER/none'", "ledger run --genesis")]
    [TestCase("shard add digits --home FOLDER/none", 1, "no node is running in 'FOLDER/none'", "ledger run --genesis")]
    [TestCase("genesis new --validator " + WrongLetter + "=1000 -o FOLDER/x.json", 1, "is no address", "wrong letter")]
    [TestCase("genesis new --dev -o FOLDER/dev.json", 1, "there is a file already", "another --out")]
    public async Task A_slip_of_the_fingers_is_answered_in_two_lines(string line, int code, string error, string hint)
    {
        using var folder = new TemporaryFolder();
        folder.Write("pets.csv", "legs,kind\n4,cat\n2,bird\n4,cat\n2,bird\n4,cat\n2,bird\n");
        folder.Write("cars.csv", "wheels,kind\n4,van\n2,bike\n");
        folder.Write("cut.pt", "PK\u0003\u0004 and no more");
        folder.Write("note.txt", "hello");
        folder.Write("data.npz", "PK\u0003\u0004 and no more");
        if (line.Contains("dev.json", StringComparison.Ordinal))
            (await LedgerProgram.Run("genesis", "new", "--dev", "-o", $"{folder.Path}/dev.json", "--json")).Json();

        var outcome = await LedgerProgram.Run(line.Replace("FOLDER", folder.Path, StringComparison.Ordinal).Split(' '));

        outcome.IsMistake(code, error.Replace("FOLDER", folder.Path, StringComparison.Ordinal), hint);
    }

    [TestCase("account send " + WrongLetter + " 5", "is no address", "one wrong letter spoils it")]
    [TestCase("account show " + WrongLetter, "is no address", "one wrong letter spoils it")]
    [TestCase("model predict FOLDER/none.csv", "no file", "a CSV file")]
    [TestCase("model predict FOLDER/pets.csv", "pets.csv", "")]
    [TestCase("model generate hello", "the task is not about text", "ledger model predict FILE")]
    [TestCase("shard add FOLDER/pets.csv", "pets.csv: no column", "columns")]
    [TestCase("model show --round 99", "round 99 of task 'digits' is not done", "the newest is round")]
    [TestCase("task show --task nonsense", "no task 'nonsense'", "tasks are: digits")]
    [TestCase("chain block 999999", "no block at height 999999", "heights count from 1")]
    public async Task A_running_node_answers_a_mistake_in_two_lines(string line, string error, string hint)
    {
        using var folder = new TemporaryFolder();
        folder.Write("pets.csv", "legs,kind\n4,cat\n2,bird\n4,cat\n2,bird\n");
        var node = (await SharedNetwork.Get()).Nodes[0];
        var outcome = await node.Command(line.Replace("FOLDER", folder.Path, StringComparison.Ordinal).Split(' '));
        outcome.IsMistake(ExitCode.Failed, error, hint);
    }

    [Test]
    public async Task Without_a_command_the_help_is_shown_and_nothing_is_done()
    {
        var outcome = await LedgerProgram.Run();
        Assert.That(outcome.Code, Is.EqualTo(ExitCode.Misused));
        Assert.That(outcome.Output, Has.Some.Contains("devnet"));
    }
}
