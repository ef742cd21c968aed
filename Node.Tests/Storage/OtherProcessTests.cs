using System.Diagnostics;
using Ledger.Node.Storage;

namespace Ledger.Node.Tests.Storage;

/// <summary>Two nodes on one home directory: the system's locks, held by a process that is not ours.</summary>
public class OtherProcessTests
{
    // RocksDB locks by fcntl, which util-linux has no command for.
    private const string LockByFcntl =
        "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.lockf(f, fcntl.LOCK_EX); "
        + "print(flush=True); sys.stdin.read()";

    private TemporaryDirectory home = null!;

    [SetUp]
    public void MakeHome() => home = new();

    [TearDown]
    public void RemoveHome() => home.Dispose();

    [Test]
    public void A_store_of_another_process_is_refused()
    {
        if (!File.Exists("/usr/bin/python3"))
            Assert.Ignore("python3 is not installed");
        RocksDb.Open(home.Path, [], new()).Dispose();
        using (var other = new Holder("python3", "-c", LockByFcntl, home["LOCK"]))
            AssertInUse(() => RocksDb.Open(home.Path, [], new()));
        RocksDb.Open(home.Path, [], new()).Dispose();
    }

    [Test]
    public void A_log_of_another_process_is_refused()
    {
        RecordLog.Open(home["votes.log"], out _).Dispose();
        using (var other = new Holder("flock", home["votes.log"], "-c", "echo; cat"))
            AssertInUse(() => RecordLog.Open(home["votes.log"], out _));
        RecordLog.Open(home["votes.log"], out _).Dispose();
    }

    private void AssertInUse(Action open) =>
        Assert.That(open, Throws.TypeOf<StoreException>().With.Message.EqualTo(
            $"home directory '{home.Path}' is in use by another process"));

    /// <summary>A process that prints a line once it holds its lock, and lets go when its input ends.</summary>
    private sealed class Holder : IDisposable
    {
        private readonly Process process;

        internal Holder(string command, params string[] arguments)
        {
            process = Process.Start(new ProcessStartInfo(command, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
            Assert.That(process.StandardOutput.ReadLine(), Is.Not.Null, $"{command} got no lock");
        }

        public void Dispose()
        {
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
