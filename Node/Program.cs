using System.CommandLine;
using System.Runtime.InteropServices;
using Ledger.Consensus.Chain;
using Ledger.Learning;
using Ledger.Learning.Torch;
using Ledger.Node.Cli;

namespace Ledger.Node;

/// <summary>
/// The table of contents, and the one place where a person's mistake becomes two lines on stderr and an exit code.
/// Anything else that is thrown is a bug, and crashes with what was expected.
/// </summary>
internal static class Program
{
    // A word that begins with @ is a peer without its id, and no file with more words in it.
    private static readonly ParserConfiguration PlainWords = new() { ResponseFileTokenReplacer = null };

    private static async Task<int> Main(string[] args)
    {
        if (args is ["simulate", ..])
            LongRun.Begin();
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return await Run(args, Terminal.OfProcess(), stop.Token);

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>Runs one command line to its exit code; with other streams in tests.</summary>
    internal static async Task<int> Run(string[] args, Terminal terminal, CancellationToken stop)
    {
        try
        {
            return await Invoke(args, terminal, stop);
        }
        catch (OperatorException e)
        {
            return Report(terminal, e.Message, e.Hint, e.Misuse ? ExitCode.Misused : ExitCode.Failed);
        }
        catch (GenesisException e)
        {
            return Report(terminal, e.Message, e.Hint, ExitCode.Failed);
        }
        catch (DataException e)
        {
            return Report(terminal, e.Message, e.Hint, ExitCode.Failed);
        }
        catch (MissingLibraryException e)
        {
            return Report(terminal, e.Message, e.Hint, ExitCode.Failed);
        }
        catch (DllNotFoundException e)
        {
            return Report(terminal, e.Message, "sh .build/packages.sh installs all that is needed", ExitCode.Failed);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Report(terminal, "stopped before it was done", null, ExitCode.Failed);
        }
    }

    /// <summary>All that can be typed.</summary>
    internal static RootCommand Commands(Terminal terminal)
    {
        var root = new RootCommand(
            "A blockchain whose peers train one model: nobody hands over data, everybody checks the result.")
        {
            DevnetCommand.Create(terminal),
            StatusCommand.Create(terminal),
            DoctorCommand.Create(terminal),
            KeysCommand.Create(terminal),
            BackupCommand.Create(terminal),
            BackupCommand.CreateRestore(terminal),
            RollbackCommand.Create(terminal),
            GenesisCommand.Create(terminal),
            RunCommand.Create(terminal),
            ShardCommand.Create(terminal),
            TaskCommand.Create(terminal),
            RoundCommand.Create(terminal),
            RewardCommand.Create(terminal),
            ModelCommand.Create(terminal),
            AccountCommand.Create(terminal),
            FaucetCommand.Create(terminal),
            ChainCommand.Create(terminal),
            PeersCommand.Create(terminal),
            LogCommand.Create(terminal),
            CompletionCommand.Create(terminal),
            BenchCommand.Create(terminal),
            SimulateCommand.Create(terminal),
        };
        ExamplesHelp.AddTo(root);
        return root;
    }

    private static async Task<int> Invoke(string[] args, Terminal terminal, CancellationToken stop)
    {
        var commands = Commands(terminal);
        var typed = commands.Parse(args.Length == 0 ? ["--help"] : args, PlainWords);
        var parsed = RunConfig.Expand(typed, args) is var all && all == args ? typed : commands.Parse(all, PlainWords);
        if (parsed.Action is System.CommandLine.Invocation.ParseErrorAction or null
            && Misuse.Find(parsed) is { } misuse)
            throw misuse;
        var streams = new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            // Signals arrive by `stop`: one place decides what they mean.
            ProcessTerminationTimeout = null,
        };
        var code = await parsed.InvokeAsync(streams, stop);
        return args.Length == 0 ? ExitCode.Misused : code;
    }

    private static int Report(Terminal terminal, string error, string? hint, int code)
    {
        terminal.Error.WriteLine(Terminal.Printable($"error: {error}"));
        if (hint is not null)
            terminal.Error.WriteLine(Terminal.Printable($"hint: {hint}"));
        return code;
    }
}
