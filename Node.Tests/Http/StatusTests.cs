using System.Text.Json;
using Ledger.Consensus.Chain;
using Ledger.Consensus.State;
using Ledger.Node.Cli;
using Ledger.Node.Cli.Doctor;
using Ledger.Node.Host;
using Ledger.Node.Http;
using Ledger.Node.Tests.Cli;

namespace Ledger.Node.Tests.Http;

/// <summary><c>ledger status</c> and what <c>ledger doctor</c> says of a running node, against one that answers on its
/// socket.</summary>
public sealed class StatusTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private TemporaryHome home = null!;
    private FakeNode node = null!;
    private ApiServer server = null!;

    [SetUp]
    public async Task Serve()
    {
        home = new();
        node = new();
        node.FinishRound();
        server = await node.Serve(home.Path);
    }

    [TearDown]
    public async Task Stop()
    {
        await server.DisposeAsync();
        home.Dispose();
    }

    [Test]
    public async Task A_chain_that_stands_still_is_called_halted_and_every_task_waits_for_a_block()
    {
        var seen = await Look();
        Assert.That(seen.GetProperty("health").GetString(), Is.EqualTo(Health.Halted));
        Assert.That(seen.GetProperty("trouble").GetString(), Does.Contain("stake heard"));
        Assert.That(seen.GetProperty("tasks")[0].GetProperty("waitsFor").GetString(),
            Is.EqualTo("a block: the chain stands still"));
    }

    [Test]
    public async Task Only_the_rounds_that_were_asked_for_are_told()
    {
        using var client = new NodeClient(home.Path);
        Assert.That((await Rounds("")).ToArray(), Is.EqualTo(new[] { 0, 1 }));
        Assert.That((await Rounds("?from=1")).ToArray(), Is.EqualTo(new[] { 1 }));
        Assert.That(await Rounds($"?from={uint.MaxValue}"), Is.Empty);

        async Task<IEnumerable<uint>> Rounds(string from) =>
            (await client.Get<TaskView>($"tasks/digits{from}", default)).Results.Select(round => round.Number);
    }

    [Test]
    public async Task A_chain_that_moves_says_who_is_awaited_and_what_we_were_paid()
    {
        Move();
        var text = (await CommandLine.Run("status", "--home", home.Path)).Result();
        Assert.That(text, Does.Match("health +ok\n").And.Contains("balance 500, stake 10000")
            .And.Contains($"'digits' round 2 of 3: commit, waits for training of {Figures.Short($"{Owner}")}; "
                + "accuracy 75.00 %; own reward 1000 in round 1"));
    }

    [TestCase(Phase.Waiting, "data: 1 of 3 contributors have some")]
    [TestCase(Phase.Reveal, "the next block: everyone is in")]
    [TestCase(Phase.Attest, "validators to fetch the updates and say so")]
    [TestCase(Phase.Close, "a block with the aggregate")]
    [TestCase(Phase.Finished, null)]
    public async Task Each_phase_says_what_it_waits_for(Phase phase, string? waits)
    {
        Move();
        var task = node.Task with { Round = node.Task.Round with { Phase = phase } };
        node.Snapshot = node.Snapshot with { State = node.Snapshot.State.With(task) with { Height = 9 } };
        Assert.That((await Look()).GetProperty("tasks")[0].GetProperty("waitsFor").GetString(), Is.EqualTo(waits));
    }

    [Test]
    public async Task A_pipe_gets_a_line_for_each_change_and_Ctrl_C_is_a_clean_end()
    {
        Move();
        var (code, output, error) = await Watch(interactive: false, async written =>
        {
            await written("height 9, ok");
            node.Snapshot = node.Snapshot with { State = node.Snapshot.State with { Height = 10 } };
            await written("height 10, ok");
            node.Snapshot = node.Snapshot with { CommittedAtMs = FakeNode.Now, StartedAtMs = FakeNode.Now };
            await written("height 10, halted");
        });
        Assert.That((code, error), Is.EqualTo((ExitCode.Done, "")));
        Assert.That(output.TrimEnd().Split('\n'), Has.Length.EqualTo(3), output);
    }

    [Test]
    public async Task A_terminal_is_redrawn_in_place()
    {
        Move();
        var (code, output, _) = await Watch(interactive: true, written => written("\u001b[7F\u001b[J"));
        Assert.That(code, Is.EqualTo(ExitCode.Done));
        Assert.That(output.Split("\u001b[J")[1], Does.StartWith("network"));
    }

    [Test]
    public async Task A_watch_ends_with_an_error_when_the_node_goes()
    {
        Move();
        var (code, _, error) = await Watch(interactive: false, async written =>
        {
            await written("height 9, ok");
            await server.DisposeAsync();
            await Task.Delay(Patience);
        });
        Assert.That((code, error), Is.EqualTo((ExitCode.Failed, $"error: no node is running in '{home.Path}'\n"
            + $"hint: start one with: ledger run --genesis genesis.json --home {home.Path}\n")));
    }

    [Test]
    public void A_wall_clock_that_is_set_back_makes_no_commit_younger()
    {
        var time = new ResettableTime();
        var clock = new SteadyClock(time);
        var committed = clock.NowMs;
        time.Passed = TimeSpan.FromMinutes(1);
        time.Wall -= TimeSpan.FromHours(1);
        Assert.That(Health.Of(node.Snapshot with { CommittedAtMs = committed, StartedAtMs = committed }, clock.NowMs),
            Is.EqualTo(Health.Halted));
    }

    [Test]
    public async Task The_doctor_fails_while_the_chain_stands_still()
    {
        var outcome = await CommandLine.Run("doctor", "--home", home.Path);
        Assert.That(outcome.Code, Is.EqualTo(ExitCode.Failed));
        Assert.That(outcome.Output, Does.Match("fail  node +halted, height 9, .*; type: ledger chain status"));
    }

    [TestCase(0, Finding.IsFine, "came 200 ms after its time")]
    [TestCase(500, Finding.IsDoubtful, "300 ms or more behind")]
    [TestCase(5_000, Finding.HasFailed, "4800 ms or more behind")]
    [TestCase(-20_000, Finding.IsDoubtful, "our clock is ahead, or blocks take that long")]
    public void A_clock_is_compared_with_that_of_the_last_blocks_proposer(int behind, string verdict, string says)
    {
        var status = ViewOf.Status(node.Snapshot, FakeNode.Now + 300);
        var finding = ClockCheck.Peers(status, Block("led1other"), (ulong)((long)FakeNode.Now + 500 - behind), new());
        Assert.That(finding.Says, Does.Contain(says));
        Assert.That(finding.Verdict, Is.EqualTo(verdict));
        Assert.That(ClockCheck.Peers(status, Block(status.Address), FakeNode.Now, new()).Says, Does.Contain("our own"));
    }

    private static BlockView Block(string proposer) =>
        new(9, "", FakeNode.Now, proposer, "", "", 0, 3, 1_000, [], []);

    private Address Owner => node.Task.Owner;

    // Its last block came just now.
    private void Move()
    {
        var now = SteadyClock.OfProcess.NowMs;
        node.Snapshot = node.Snapshot with { CommittedAtMs = now, StartedAtMs = now };
    }

    private async Task<JsonElement> Look() =>
        JsonDocument.Parse((await CommandLine.Run("status", "--json", "--home", home.Path)).Result()).RootElement;

    /// <summary>Watches until <paramref name="act"/> is done, which may await what is written, then stops it as Ctrl-C
    /// does.</summary>
    private async Task<(int Code, string Output, string Error)> Watch(
        bool interactive, Func<Func<string, Task>, Task> act)
    {
        using var stop = new CancellationTokenSource(Patience);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var shared = TextWriter.Synchronized(output);
        var run = Program.Run(["status", "--watch", "--home", home.Path],
            new(TextReader.Null, shared, error, interactive), stop.Token);
        await Task.WhenAny(run, act(Written));
        await stop.CancelAsync();
        return (await run, output.ToString(), error.ToString());

        async Task Written(string text)
        {
            while (!output.ToString().Contains(text, StringComparison.Ordinal) && !run.IsCompleted)
                await Task.Delay(20);
        }
    }

    private sealed class ResettableTime : TimeProvider
    {
        internal DateTimeOffset Wall { get; set; } = DateTimeOffset.UnixEpoch.AddYears(50);

        internal TimeSpan Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => Passed.Ticks;
    }
}
