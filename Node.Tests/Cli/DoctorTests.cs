using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Ledger.Learning.Torch;
using Ledger.Node.Cli;
using Ledger.Node.Cli.Doctor;
using Ledger.Node.Storage;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Cli;

/// <summary>Each check of <c>ledger doctor</c> can fail: here is what makes it fail, and what one is told to
/// type.</summary>
public sealed class DoctorTests
{
    private const UnixFileMode ForAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private TemporaryHome home = null!;

    [SetUp]
    public async Task MakeHome()
    {
        home = new();
        (await CommandLine.Run("keys", "new", "--home", home.Path, "--no-passphrase")).Result();
    }

    [TearDown]
    public void RemoveHome() => home.Dispose();

    [Test]
    public async Task A_machine_where_a_node_can_run_passes()
    {
        var outcome = await Examine();
        Assert.That(outcome.Code, Is.EqualTo(ExitCode.Done), outcome.Output);
        Assert.That(outcome.Output, Does.Contain("libsecp256k1.so").And.Contain("librocksdb.so")
            .And.Contain("OpenBLAS").And.Contain("this key has signed nothing").And.Contain(" 0 failed"));
    }

    [Test]
    public async Task Each_finding_is_a_line_and_as_json_an_object()
    {
        var view = JsonDocument.Parse((await Examine("--json")).Result()).RootElement;
        var checks = view.GetProperty("checks").EnumerateArray().ToList();
        Assert.That(view.GetProperty("failed").GetInt32(), Is.Zero);
        Assert.That(checks.Select(check => check.GetProperty("check").GetString()),
            Is.Unique.And.Contain("clock").And.Contain("udp listen").And.Contain("sign guard"));
        Assert.That(checks, Has.All.Matches<JsonElement>(check =>
            check.GetProperty("verdict").GetString() == Finding.IsFine
            || check.GetProperty("next").GetString()!.Length > 0), "what is not fine says what to type");
        Assert.That((await Examine()).Output.Trim().Split('\n'), Has.Length.EqualTo(checks.Count + 1));
    }

    [Test]
    public async Task A_port_that_is_taken_fails()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var outcome = await CommandLine.Run("doctor", "--home", home.Path, "--listen", $"{other.LocalEndPoint}");
        Assert.That(outcome.Code, Is.EqualTo(ExitCode.Failed));
        Assert.That(outcome.Output, Does.Match($"fail  udp listen +cannot listen on {other.LocalEndPoint}: address "
            + "already in use; type: ledger run --listen 127.0.0.1:0"));
    }

    [Test]
    public void The_port_of_the_running_node_itself_is_not_taken()
    {
        using var own = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        own.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Finds(Finding.IsFine, PortCheck.Datagrams((IPEndPoint)own.LocalEndPoint!, $"{own.LocalEndPoint}"), "runs here");
    }

    [Test]
    public void An_http_port_that_is_taken_fails()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        Finds(Finding.HasFailed, PortCheck.Api((IPEndPoint)other.LocalEndPoint!), "already in use");
    }

    [Test]
    public void An_address_of_another_machine_fails() => Finds(Finding.HasFailed,
        PortCheck.Datagrams(new(IPAddress.Parse("192.0.2.1"), 9470), null), "cannot listen on 192.0.2.1:9470");

    [Test]
    public void Small_socket_buffers_are_doubtful_and_the_setting_is_named()
    {
        var small = PortCheck.SocketBuffers(212_992, TransportLimits.SocketBufferBytes);
        Finds(Finding.IsDoubtful, small, "213 kB to receive");
        Assert.That(small.Next, Does.Contain("net.core.rmem_max=4194304"));
        Finds(Finding.IsFine, PortCheck.SocketBuffers(5_000_000, 5_000_000), "as the transport asks");
    }

    [Test]
    public void A_home_that_is_a_file_fails() =>
        Finds(Finding.HasFailed, HomeCheck.Directory(home.Write("file", "")), "is a file");

    [Test]
    [Platform("Linux")]
    public void A_home_where_nothing_can_be_written_fails() =>
        Finds(Finding.HasFailed, HomeCheck.Directory("/proc/ledger"), "cannot write to '/proc'");

    [Test]
    public void A_home_that_is_not_there_yet_is_fine_and_is_not_made()
    {
        Finds(Finding.IsFine, HomeCheck.Directory(home.File("a/b")), "can be made");
        Assert.That(Directory.Exists(home.File("a")), Is.False);
    }

    [Test]
    [Platform("Linux")]
    public void A_home_that_others_may_enter_fails()
    {
        File.SetUnixFileMode(home.Path, ForAll | UnixFileMode.OtherExecute);
        Finds(Finding.HasFailed, HomeCheck.Directory(home.Path), "others may enter");
    }

    [TestCase(100_000_000UL, Finding.HasFailed)]
    [TestCase(1_000_000_000UL, Finding.IsDoubtful)]
    [TestCase(50_000_000_000UL, Finding.IsFine)]
    public void A_full_disk_fails(ulong free, string verdict) => Finds(verdict, HomeCheck.Disk(free), "free");

    [TestCase("key.json", "key")]
    [TestCase("api-token", "api token")]
    [Platform("Linux")]
    public void A_secret_that_others_may_read_fails(string file, string check)
    {
        if (!File.Exists(home.File(file)))
            home.Write(file, "secret");
        File.SetUnixFileMode(home.File(file), ForAll);
        var finding = Keys().Single(each => each.Check == check);
        Finds(Finding.HasFailed, finding, "others may read");
        Assert.That(finding.Next, Is.EqualTo($"chmod 600 '{home.File(file)}'"));
    }

    [Test]
    public void A_damaged_key_fails()
    {
        home.Write("key.json", "{}");
        Finds(Finding.HasFailed, Keys().First(), "is damaged");
    }

    [Test]
    public void A_key_without_its_sign_guard_fails()
    {
        File.Delete(home.File(SignGuard.FileName));
        Finds(Finding.HasFailed, Keys().Last(), "nothing here says what this key has signed");
    }

    [TestCase(100)]
    [TestCase(SignGuard.FileBytes)]
    public void A_damaged_sign_guard_fails(int length)
    {
        File.WriteAllBytes(home.File(SignGuard.FileName), Enumerable.Repeat((byte)7, length).ToArray());
        Finds(Finding.HasFailed, Keys().Last(), "is damaged");
    }

    [Test]
    public void The_sign_guard_of_a_running_node_is_left_to_it()
    {
        using var node = new FileStream(home.File(SignGuard.FileName), FileMode.Open, FileAccess.ReadWrite,
            FileShare.None);
        Finds(Finding.IsFine, Keys().Last(), "held by a process");
    }

    [Test]
    public void A_home_without_a_key_is_told_how_to_make_one()
    {
        File.Delete(home.File("key.json"));
        Assert.That(Keys().Single().Next, Is.EqualTo($"ledger keys new --home {home.Path}"));
    }

    [Test]
    public void A_library_that_is_missing_fails_with_its_package()
    {
        var missing = "the library 'librocksdb.so' is missing: install the Debian package 'librocksdb-dev'";
        Finds(Finding.HasFailed, LibraryCheck.Of("rocksdb", () => throw new DllNotFoundException(missing)), missing);
        Finds(Finding.HasFailed, LibraryCheck.Of("libtorch", () => throw new MissingLibraryException(
            "cannot load libtorch", "install the Debian packages libtorch1.13", new DllNotFoundException())),
            "libtorch1.13");
    }

    [TestCase(60, Finding.HasFailed, "jumped by 60 ms")]
    [TestCase(-60, Finding.HasFailed, "jumped by -60 ms")]
    [TestCase(1, Finding.IsFine, "within 8 ms")]
    public void A_clock_that_jumps_fails(double jump, string verdict, string says) =>
        Finds(verdict, ClockCheck.Own(new(IsKept: true, ErrorMs: 8), jump), says);

    [Test]
    public void A_clock_that_nothing_keeps_right_is_doubtful_and_nobody_pretends_to_know_the_time()
    {
        Finds(Finding.IsDoubtful, ClockCheck.Own(new(IsKept: false, 16_000), 0), "only a running node can compare it");
        Finds(Finding.IsDoubtful, ClockCheck.Own(null, 0), "does not say");
    }

    [Test]
    public async Task A_genesis_file_that_does_not_read_fails()
    {
        var outcome = await Examine("--genesis", home.Write("genesis.json", "{ \"name\": 1 }"));
        Assert.That(outcome.Code, Is.EqualTo(ExitCode.Failed));
        Assert.That(outcome.Output, Does.Match("fail  genesis "));
    }

    [Test]
    public void A_home_of_another_chain_fails()
    {
        home.Write("owner", $"{Some.Digest(7)} led1someone\n");
        var genesis = Path.Combine(Tidy.SourceTree.Absolute("genesis.json"));
        Finds(Finding.HasFailed, GenesisCheck.Of(genesis, new(home.Path)).Finding, "belongs to another chain");
    }

    private Task<CommandLine.Outcome> Examine(params string[] args) =>
        CommandLine.Run(["doctor", "--home", home.Path, "--listen", "127.0.0.1:0", .. args]);

    private List<Finding> Keys() => [.. KeyCheck.All(new(home.Path))];

    private static void Finds(string verdict, Finding finding, string says) => Assert.Multiple(() =>
    {
        Assert.That(finding.Verdict, Is.EqualTo(verdict), finding.Says);
        Assert.That(finding.Says, Does.Contain(says));
    });
}
