using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Ledger.Node.Host;

/// <summary>
/// The one thread that owns the node's state. Sockets, timers, workers and the API only ever post to it. A fault in an
/// action ends the loop: a broken invariant must not go on voting.
/// </summary>
internal sealed class NodeLoop : IClock, IDisposable
{
    // Bounds memory when the network brings more than we handle; a full inbox holds the poster back.
    private const int InboxMax = 16_384;

    private const long InboxBytesMax = 32 << 20;

    private readonly BlockingCollection<Action> inbox = new(InboxMax);
    private readonly AutoResetEvent room = new(false);
    private long inboxBytes;
    private readonly PriorityQueue<Action, (long Due, long Order)> timers = new();
    private readonly TimeProvider time;
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread thread;
    private long order;

    internal NodeLoop(TimeProvider time)
    {
        this.time = time;
        thread = new(Run) { Name = "node loop", IsBackground = true };
    }

    /// <summary>Ends when the loop ends: well after <see cref="Stop"/>, faulted after a fault.</summary>
    internal Task Completion => completion.Task;

    public ulong WallClockMs => (ulong)time.GetUtcNow().ToUnixTimeMilliseconds();

    public ulong NowMs => (ulong)(time.GetTimestamp() / (time.TimestampFrequency / 1000));

    internal void Start() => thread.Start();

    /// <summary>Runs <paramref name="action"/> on the loop; false once it has stopped. Safe from any thread.</summary>
    internal bool Post(Action action)
    {
        try
        {
            inbox.Add(action);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>As <see cref="Post(Action)"/>, for what came with so many bytes. Only one thread may call it.</summary>
    internal bool Post(Action action, int bytes)
    {
        // The wait is bounded, so that a loop that ends does not leave its poster behind.
        while (Interlocked.Read(ref inboxBytes) > InboxBytesMax && !inbox.IsAddingCompleted)
            room.WaitOne(50);
        Interlocked.Add(ref inboxBytes, bytes);
        return Post(() =>
        {
            Interlocked.Add(ref inboxBytes, -bytes);
            room.Set();
            action();
        });
    }

    /// <summary>Runs <paramref name="action"/> on the loop after a while. Only the loop may call this.</summary>
    public void After(ulong milliseconds, Action action) =>
        timers.Enqueue(action, ((long)(NowMs + milliseconds), order++));

    /// <summary>Finishes what is posted already and ends.</summary>
    internal void Stop()
    {
        if (!inbox.IsAddingCompleted)
            inbox.CompleteAdding();
    }

    public void Dispose()
    {
        Stop();
        if (thread.IsAlive && Thread.CurrentThread != thread)
            thread.Join();
        inbox.Dispose();
        room.Dispose();
    }

    [SuppressMessage("Design", "CA1031",
        Justification = "the boundary of the thread: the fault ends the node through Completion")]
    private void Run()
    {
        try
        {
            while (!inbox.IsCompleted)
            {
                if (inbox.TryTake(out var action, UntilNextTimer()))
                    action();
                while (timers.TryPeek(out _, out var next) && next.Due <= (long)NowMs && !inbox.IsAddingCompleted)
                    timers.Dequeue()();
            }
            completion.SetResult();
        }
        catch (Exception fault)
        {
            Stop();
            completion.SetException(fault);
        }
    }

    private int UntilNextTimer() => timers.TryPeek(out _, out var next)
        ? (int)Math.Clamp(next.Due - (long)NowMs, 0, int.MaxValue)
        : Timeout.Infinite;
}
