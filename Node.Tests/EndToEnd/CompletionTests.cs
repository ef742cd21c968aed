using System.Diagnostics;
using Ledger.Node.Cli;
using Ledger.Node.Tests.Cli;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>A real shell with the script that we print, and the real executable that it asks.</summary>
[Platform("Linux")]
public class CompletionTests
{
    private const string Press = """
        eval "$SCRIPT"
        COMP_LINE=$LINE COMP_POINT=${#LINE} COMP_WORDS=($LINE)
        last=${COMP_WORDS[-1]}; [ "${LINE% }" = "$LINE" ] || last=
        _ledger "$LEDGER" "$last" ""
        printf '%s\n' "${COMPREPLY[@]}"
        """;

    [TestCase("ledger ch", "chain")]
    [TestCase("ledger chain sta", "status")]
    [TestCase("ledger status --w", "--watch")]
    [TestCase("ledger completion ", "--help", "bash", "fish", "zsh")]
    [TestCase("ledger nothing-like-this")]
    public async Task Bash_completes_what_is_typed(string line, params string[] words) =>
        Assert.That(await Complete(line), Is.EquivalentTo(words));

    [Test]
    public async Task Every_command_is_completed()
    {
        var help = (await CommandLine.Run("--help")).Output;
        var commands = help[help.IndexOf("Commands:", StringComparison.Ordinal)..].Split("Examples:")[0]
            .Split('\n').Skip(1).Select(line => line.Trim().Split(' ')[0]).Where(name => name.Length > 0).ToList();
        Assert.That(commands, Does.Contain("doctor").And.Contain("status"));
        Assert.That(await Complete("ledger "), Is.SupersetOf(commands));
    }

    [TestCase("bash")]
    [TestCase("zsh")]
    [TestCase("fish")]
    public async Task Each_script_asks_the_executable(string shell) =>
        Assert.That((await CommandLine.Run("completion", shell)).Result(), Does.Contain("[suggest:"));

    [Test]
    public async Task A_shell_that_is_not_known_is_a_misuse() =>
        Assert.That((await CommandLine.Run("completion", "tcsh")).Code, Is.EqualTo(ExitCode.Misused));

    private static async Task<string[]> Complete(string line)
    {
        var executable = Path.Combine(TestContext.CurrentContext.TestDirectory, "ledger");
        var start = new ProcessStartInfo("bash", ["-c", Press])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SCRIPT"] = (await CommandLine.Run("completion", "bash")).Result();
        start.Environment["LINE"] = line;
        start.Environment["LEDGER"] = executable;
        using var bash = Process.Start(start)!;
        var (output, error) = (bash.StandardOutput.ReadToEndAsync(), bash.StandardError.ReadToEndAsync());
        await bash.WaitForExitAsync();
        Assert.That(await error, Is.Empty);
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
