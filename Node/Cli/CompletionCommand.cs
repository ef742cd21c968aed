using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary>
/// <c>ledger completion</c>: a script that asks the executable itself what may follow, by the <c>[suggest]</c>
/// directive of System.CommandLine: it knows every command and option that there is, and no other.
/// </summary>
internal static class CompletionCommand
{
    // Suggestions hold what is typed anywhere; compgen keeps those that begin with it. Where there are none, the shell
    // completes file names.
    private const string Bash = """
        _ledger() {
            local line=${COMP_LINE:0:COMP_POINT} words
            words=$("$1" "[suggest:${#line}]" "$line" 2>/dev/null)
            mapfile -t COMPREPLY < <(compgen -X '[-/][?h]' -W "$words" -- "$2")
        }
        complete -o bashdefault -o default -F _ledger ledger
        """;

    private const string Zsh = """
        #compdef ledger
        _ledger() {
            local -a found
            local line=$BUFFER[1,CURSOR]
            found=(${(f)"$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)"})
            if (( $#found )); then compadd -a found; else _files; fi
        }
        compdef _ledger ledger
        # Where zsh loads this file by itself, it takes it for the first call.
        if [ "$funcstack[1]" = _ledger ]; then _ledger "$@"; fi
        """;

    private const string Fish = """
        function __ledger_suggest
            set -l line (commandline -cp)
            ledger "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c ledger -a '(__ledger_suggest)'
        """;

    internal static Command Create(Terminal terminal) =>
        new LedgerCommand("completion", "a script that completes commands and options in your shell")
        {
            Shell(terminal, "bash", Bash, "source <(ledger completion bash)",
                "ledger completion bash > ~/.local/share/bash-completion/completions/ledger"),
            Shell(terminal, "zsh", Zsh, "ledger completion zsh > ~/.zfunc/_ledger"),
            Shell(terminal, "fish", Fish, "ledger completion fish > ~/.config/fish/completions/ledger.fish"),
        };

    private static LedgerCommand Shell(Terminal terminal, string name, string script, params string[] examples)
    {
        var command = new LedgerCommand(name, $"for {name}", examples);
        command.SetAction(_ =>
        {
            terminal.Output.WriteLine(script);
            return ExitCode.Done;
        });
        return command;
    }
}
