using System.Diagnostics;
using Ledger.Node.Cli;
using Ledger.Node.Tests.Cli;
using Ledger.Node.Tests.Learning;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>Real shells with the scripts that we print, and the real executable that they ask.</summary>
[Platform("Linux")]
public class CompletionTests
{
    private const string Bash = """
        source "$FOLDER/_ledger"
        COMP_LINE=$LINE COMP_POINT=${#LINE} COMP_WORDS=($LINE)
        last=${COMP_WORDS[-1]}; [ "${LINE% }" = "$LINE" ] || last=
        _ledger "$LEDGER" "$last" ""
        printf '%s\n' "${COMPREPLY[@]}"
        """;

    // As zsh does at the first press of the key: it loads the script by its name.
    private const string Zsh = """
        compdef() { : }
        compadd() { print -l -- ${(M)found:#${LINE##* }*} }
        _files() { : }
        BUFFER=$LINE CURSOR=${#LINE} words=("$LEDGER") fpath=("$FOLDER" $fpath)
        autoload -Uz _ledger
        _ledger
        """;

    private const string Fish = """
        source "$FOLDER/_ledger"
        complete -C "$LINE"
        """;

    [TestCase("ledger ch", "chain")]
    [TestCase("ledger chain sta", "status")]
    [TestCase("ledger status --w", "--watch")]
    [TestCase("ledger completion ", "--help", "bash", "fish", "zsh")]
    [TestCase("ledger nothing-like-this")]
    public async Task Bash_completes_what_is_typed(string line, params string[] words) =>
        Assert.That(await Complete("bash", Bash, line), Is.EquivalentTo(words));

    [TestCase("ledger ch", "chain")]
    [TestCase("ledger chain sta", "status")]
    [TestCase("ledger status --w", "--watch")]
    [TestCase("ledger nothing-like-this")]
    public async Task Zsh_completes_what_is_typed_at_the_first_press(string line, params string[] words) =>
        Assert.That(await Complete("zsh", Zsh, line), Is.EquivalentTo(words));

    [TestCase("ledger ch", "chain")]
    [TestCase("ledger chain sta", "status")]
    [TestCase("ledger status --w", "--watch")]
    public async Task Fish_completes_what_is_typed(string line, params string[] words) =>
        Assert.That(await Complete("fish", Fish, line), Is.EquivalentTo(words));

    [Test]
    public async Task Every_command_is_completed()
    {
        var help = (await CommandLine.Run("--help")).Output;
        var commands = help[help.IndexOf("Commands:", StringComparison.Ordinal)..].Split("Examples:")[0]
            .Split('\n').Skip(1).Select(line => line.Trim().Split(' ')[0]).Where(name => name.Length > 0).ToList();
        Assert.That(commands, Does.Contain("doctor").And.Contain("status"));
        Assert.That(await Complete("bash", Bash, "ledger "), Is.SupersetOf(commands));
    }

    [TestCase("bash")]
    [TestCase("zsh")]
    [TestCase("fish")]
    public async Task Each_script_asks_the_executable(string shell) =>
        Assert.That((await CommandLine.Run("completion", shell)).Result(), Does.Contain("[suggest:"));

    [Test]
    public async Task A_shell_that_is_not_known_is_a_misuse() =>
        Assert.That((await CommandLine.Run("completion", "tcsh")).Code, Is.EqualTo(ExitCode.Misused));

    private static async Task<string[]> Complete(string shell, string press, string line)
    {
        if (!File.Exists($"/usr/bin/{shell}"))
            Assert.Ignore($"no {shell}: install Debian's package of that name");
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "_ledger"), (await CommandLine.Run("completion", shell)).Result());
        var start = new ProcessStartInfo(shell, ["-c", press])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var executables = TestContext.CurrentContext.TestDirectory;
        start.Environment["FOLDER"] = folder.Path;
        start.Environment["LINE"] = line;
        start.Environment["LEDGER"] = Path.Combine(executables, "ledger");
        start.Environment["PATH"] = $"{executables}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.That(await error, Is.Empty);
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
