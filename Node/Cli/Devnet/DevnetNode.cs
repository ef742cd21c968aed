using System.Diagnostics;
using System.Globalization;
using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Http;

namespace Ledger.Node.Cli.Devnet;

/// <summary>One node of a devnet: a process of this same program with a home, a key and a log of its own.</summary>
internal sealed class DevnetNode : IAsyncDisposable
{
    private const int LinesOfLog = 8;
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(4);

    private readonly Process process = new();
    private readonly StreamWriter log;
    private readonly Queue<string> lastLines = new();
    private readonly Lock writing = new();

    internal DevnetNode(int number, string directory, SecretKey key, IPEndPoint listen)
    {
        Number = number;
        Home = Path.Combine(directory, $"node{number}");
        Listen = listen;
        Peer = $"{KeyFile.PeerOf(key)}@{listen}";
        Client = new(Home);
        OwnerOnly.CreateDirectory(Home);
        var home = new HomeDirectory(Home);
        KeyFile.Of(key, passphrase: null).WriteNew(home.KeyFile);
        home.NoteFreshKey();
        log = new(Path.Combine(directory, $"node{number}.log")) { AutoFlush = true };
    }

    internal int Number { get; }

    internal string Home { get; }

    internal string Peer { get; }

    internal NodeClient Client { get; }

    private IPEndPoint Listen { get; }

    internal void Start(DevnetPlan plan, string genesis)
    {
        process.StartInfo = Executable.Start([
            "run", "--genesis", genesis, "--home", Home, "--listen", Listen.ToString(),
            "--threads", plan.Threads[Number % plan.Threads.Count].ToString(CultureInfo.InvariantCulture),
            RunCommand.StopWithInputName,
            .. plan.IsAttacker(Number) ? (string[])[RunCommand.CheatingName, plan.Attack!.Attack.Name] : [],
            .. plan.ModelFile is { } model ? (string[])["--model", model] : [],
            .. Number == 0 && plan.Dashboard is { } at ? (string[])["--api", at.ToString()] : []]);
        // Two threads of the linear algebra library in each of N processes would only fight for the cores.
        process.StartInfo.Environment["OPENBLAS_NUM_THREADS"] = "1";
        process.StartInfo.Environment["OMP_NUM_THREADS"] = "1";
        foreach (var (node, name, value) in plan.Environment)
            if (node == Number)
                process.StartInfo.Environment[name] = value;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Throws with the last lines of the log where the process is gone.</summary>
    internal void RequireAlive()
    {
        if (!process.HasExited)
            return;
        process.WaitForExit();
        lock (writing)
            throw new OperatorException(
                $"node {Number} stopped with exit code {process.ExitCode}; its last lines:\n"
                    + string.Join('\n', lastLines.Select(line => $"  {line}")),
                "run again with --keep to look at its log");
    }

    /// <summary>Asks it to stop by ending its input; whoever does not obey is killed, by its id.</summary>
    public async ValueTask DisposeAsync()
    {
        await Stop();
        Client.Dispose();
        process.Dispose();
        await log.DisposeAsync();
    }

    private async Task Stop()
    {
        if (!HasStarted())
            return;
        try
        {
            process.StandardInput.Close();
            using var timeout = new CancellationTokenSource(StopTimeout);
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    // A process object without a process has no id to ask for.
    private bool HasStarted() => process.StartInfo.FileName.Length > 0;

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (writing)
        {
            log.WriteLine(line);
            lastLines.Enqueue(line);
            if (lastLines.Count > LinesOfLog)
                lastLines.Dequeue();
        }
    }
}
