using System.Net;
using System.Net.Http.Json;
using Ledger.Node.Cli;
using Ledger.Node.Http;
using Ledger.Node.Logging;
using Ledger.Node.Tests.Cli;
using Serilog.Events;

namespace Ledger.Node.Tests.Http;

/// <summary>The level of a running node's log, by the API and by the command.</summary>
[NonParallelizable]
public sealed class LogLevelTests
{
    private readonly FakeNode node = new();
    private TemporaryHome home = null!;

    [SetUp]
    public void MakeHome() => home = new();

    [TearDown]
    public void LogAsUsual()
    {
        Log.Begin(LogOptions.Usual);
        home.Dispose();
    }

    [Test]
    public async Task Over_HTTP_it_takes_the_token()
    {
        await using var server = await node.ServeWeb(BearerToken.In(home.Path));
        using var browser = new HttpClient { BaseAddress = new(server.Url) };
        Assert.That(await Put("debug"), Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(Log.Level, Is.EqualTo(LogEventLevel.Information));

        browser.DefaultRequestHeaders.Authorization = new("Bearer", File.ReadAllText(home.File("api-token")).Trim());
        Assert.That(await Put("debug"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(Log.Level, Is.EqualTo(LogEventLevel.Debug));
        Assert.That(await Put("loud"), Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await browser.GetFromJsonAsync<LogLevelView>("/v1/log-level"))!.Level, Is.EqualTo("debug"));

        async Task<HttpStatusCode> Put(string level) =>
            (await browser.PutAsJsonAsync("/v1/log-level", new { level })).StatusCode;
    }

    [Test]
    public async Task The_command_shows_and_sets_it()
    {
        await using var server = await node.Serve(home.Path);
        Assert.That((await CommandLine.Run("log", "level", "--home", home.Path)).Result(), Is.EqualTo("info\n"));
        Assert.That((await CommandLine.Run("log", "level", "warning", "--home", home.Path, "--json")).Result(),
            Is.EqualTo("{\"level\":\"warning\"}\n"));
        Assert.That(Log.Level, Is.EqualTo(LogEventLevel.Warning));
        (await CommandLine.Run("log", "level", "debg", "--home", home.Path)).IsMistake(
            ExitCode.Misused, "'debg' is no log level", "did you mean 'debug'?");
    }
}
