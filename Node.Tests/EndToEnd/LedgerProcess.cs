using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>A <c>ledger</c> that runs beside the tests. Whatever becomes of the test, the process ends with this value,
/// by its id.</summary>
internal sealed partial class LedgerProcess : IAsyncDisposable
{
    internal const int Interrupt = 2, Terminate = 15;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly List<string> output = [], errors = [];
    private readonly TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LedgerProcess(ProcessStartInfo start)
    {
        process = new() { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(errors, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    internal int Id => process.Id;

    internal bool HasExited => process.HasExited;

    internal IReadOnlyList<string> Output => Copy(output);

    internal IReadOnlyList<string> Errors => Copy(errors);

    internal static LedgerProcess Start(params string[] arguments) => new(LedgerProgram.Start(arguments));

    internal static LedgerProcess Start(string[] launcher, string[] arguments) =>
        new(LedgerProgram.Start(arguments, launcher));

    internal void CloseInput() => process.StandardInput.Close();

    internal void Signal(int signal) => Assert.That(SendSignal(Id, signal), Is.Zero, $"no process {Id}");

    /// <summary>The end that nobody can prepare for: SIGKILL.</summary>
    internal async Task Kill()
    {
        process.Kill();
        await Exit(Patience);
    }

    /// <summary>The first line of its output, or what it complained about instead.</summary>
    internal async Task<string> FirstLine()
    {
        await Task.WhenAny(first.Task, process.WaitForExitAsync()).WaitAsync(Patience);
        return Output is [var line, ..] ? line : throw new AssertionException(string.Join('\n', Errors));
    }

    /// <summary>The exit code, once all output is read.</summary>
    internal async Task<int> Exit(TimeSpan patience)
    {
        using var timeout = new CancellationTokenSource(patience);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"still runs after {patience.TotalSeconds} s:\n{string.Join('\n', Errors.TakeLast(20))}");
        }
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
        process.Dispose();
    }

    private void Keep(List<string> lines, string? line)
    {
        if (line is null)
            return;
        lock (lines)
            lines.Add(line);
        if (lines == output)
            first.TrySetResult();
    }

    private static List<string> Copy(List<string> lines)
    {
        lock (lines)
            return [.. lines];
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
