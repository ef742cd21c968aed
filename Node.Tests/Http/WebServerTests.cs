using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ledger.Consensus.Chain;
using Ledger.Node.Http;
using Ledger.Node.Tests.Learning;

namespace Ledger.Node.Tests.Http;

public partial class WebServerTests
{
    private readonly FakeNode node = new();
    private DirectoryInfo home = null!;
    private WebServer server = null!;
    private HttpClient browser = null!;

    [SetUp]
    public async Task Serve()
    {
        home = Directory.CreateTempSubdirectory("ledger-test-");
        server = await node.ServeWeb(BearerToken.In(home.FullName));
        browser = new() { BaseAddress = new(server.Url) };
    }

    [TearDown]
    public async Task Stop()
    {
        browser.Dispose();
        await server.DisposeAsync();
        home.Delete(recursive: true);
    }

    [Test]
    public async Task The_page_and_all_that_it_asks_for_come_from_the_node_and_stay_under_200_kB()
    {
        var page = await browser.GetStringAsync("/");
        var files = Links().Matches(page).Select(m => m.Groups[1].Value).Where(l => !l.StartsWith("data:")).ToList();
        var bytes = page.Length;
        foreach (var file in files.Where(f => f.Contains('.')).Concat(["words.js", "charts.js", "panels.js"]))
            bytes += (await browser.GetByteArrayAsync(file)).Length;
        Assert.That(files, Does.Contain("app.js").And.Contain("style.css"));
        Assert.That(files, Has.None.Contains("//"));
        Assert.That(bytes, Is.LessThan(200_000));
    }

    [Test]
    public async Task Each_word_of_the_page_is_there_in_both_languages()
    {
        var words = await browser.GetStringAsync("/words.js");
        var tables = words.Split("  zh: {");
        var (english, chinese) = (Keys(tables[0]), Keys(tables[1]));
        Assert.That(english, Is.EquivalentTo(chinese));
        var used = Used().Matches(await browser.GetStringAsync("/") + await browser.GetStringAsync("/panels.js")
            + await browser.GetStringAsync("/app.js")).Select(m => m.Groups[1].Value + m.Groups[2].Value).Distinct();
        Assert.That(used, Is.SubsetOf(english));

        static List<string> Keys(string table) => [.. Key().Matches(table).Select(m => m.Groups[1].Value)];
    }

    [Test]
    public async Task Looking_needs_no_token_and_changing_does()
    {
        var transfer = new TransactionRequest("stake", null, 5, 1);
        Assert.That((await browser.GetAsync("/v1/status")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await browser.PostAsJsonAsync("/v1/transactions", transfer)).StatusCode,
            Is.EqualTo(HttpStatusCode.Unauthorized));
        browser.DefaultRequestHeaders.Authorization = new("Bearer", "guessed");
        Assert.That((await browser.PostAsJsonAsync("/v1/transactions", transfer)).StatusCode,
            Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await browser.DeleteAsync("/v1/tasks/digits/shard")).StatusCode,
            Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(node.Submitted, Is.Empty);

        var token = File.ReadAllText(Path.Combine(home.FullName, "api-token")).Trim();
        browser.DefaultRequestHeaders.Authorization = new("Bearer", token);
        Assert.That((await browser.PostAsJsonAsync("/v1/transactions", transfer)).StatusCode,
            Is.EqualTo(HttpStatusCode.OK));
        Assert.That(node.Submitted, Is.EqualTo(new Payload[] { new Payload.Stake(5) }));
    }

    [Test]
    public async Task A_body_that_a_route_does_not_take_is_the_callers_mistake(
        [Values("amendments", "transactions")] string route,
        [Values("", "null", "[]", "{}", "5", "{\"kind\":\"\\ud800\"}", "{\"height\":-1}",
            "{\"height\":99,\"parameters\":{\"a\":1}}", "{\"height\":99,\"version\":9}")] string body)
    {
        var token = File.ReadAllText(Path.Combine(home.FullName, "api-token")).Trim();
        browser.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await browser.PostAsync($"/v1/{route}", content);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString(),
            Is.Not.Empty);
        Assert.That(node.Submitted, Is.Empty);
    }

    [TestCase("/v1/proofs/account/led1?since=abc"), TestCase("/v1/proofs/account/led1?since=-5")]
    public async Task A_query_that_does_not_read_is_told_so(string path)
    {
        using var answer = await browser.GetAsync(path);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString(),
            Does.Contain("since"));
    }

    [Test]
    public void The_token_is_for_the_owner_of_the_home_alone() => Assert.That(
        File.GetUnixFileMode(Path.Combine(home.FullName, "api-token")),
        Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));

    [Test]
    public async Task A_page_of_another_site_that_calls_us_by_its_own_name_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/status");
        request.Headers.Host = "attacker.example";
        using var refused = await browser.SendAsync(request);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.MisdirectedRequest));
        using var answer = await browser.GetAsync("/v1/status");
        Assert.That(answer.Headers.Contains("Access-Control-Allow-Origin"), Is.False);
        Assert.That(answer.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("default-src 'none'"));
    }

    [Test]
    public async Task Health_is_503_when_the_chain_stands_still()
    {
        // The fake node committed its last block years ago.
        using var answer = await browser.GetAsync("/health");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("health").GetString(),
            Is.EqualTo("halted"));
    }

    [Test]
    public async Task Metrics_are_in_the_format_of_Prometheus()
    {
        var lines = (await browser.GetStringAsync("/metrics")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.All.Match("^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\\{[a-z]+=\"[^\"]*\"\\})? [-+0-9.eE]+)$"));
        Assert.That(lines, Does.Contain("ledger_pool_transactions 2").And.Contain("ledger_received_bytes_total 34")
            .And.Contain("ledger_health{state=\"halted\"} 1").And.Contain("ledger_health{state=\"ok\"} 0"));
    }

    [Test]
    public async Task The_stream_tells_the_status_at_once_and_again_when_it_changes()
    {
        using var stream = new StreamReader(await browser.GetStreamAsync("/v1/events"));
        Assert.That(await Next(stream), Is.EqualTo(0));
        node.FinishRound();
        Assert.That(await Next(stream), Is.EqualTo(9));

        static async Task<int> Next(StreamReader stream)
        {
            string? line;
            do
                line = await stream.ReadLineAsync();
            while (line?.StartsWith("data: ") == false);
            return JsonDocument.Parse(line![6..]).RootElement.GetProperty("height").GetInt32();
        }
    }

    [Test]
    public async Task A_row_gets_a_class_and_a_wrong_row_gets_a_reason()
    {
        var columns = Enumerable.Range(0, 64).Select(i => $"p{i / 8}{i % 8}");
        var row = string.Join(',', columns) + "\n" + string.Join(',', Enumerable.Repeat("3", 64));
        using var good = await Predict(row);
        var answer = await good.Content.ReadFromJsonAsync<JsonElement>();
        Assert.That(answer.GetProperty("predictions")[0].GetProperty("class").GetString(), Is.AnyOf(
            "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
        using var bad = await Predict("a,b\n1,2");
        Assert.That(bad.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await bad.Content.ReadAsStringAsync(), Does.Contain("no column 'p00'"));
        using var huge = await Predict(new string('1', 1_100_000));
        Assert.That(await huge.Content.ReadAsStringAsync(), Does.Contain("longer than 1000000 bytes"));
    }

    [Test]
    public async Task The_beginning_of_a_text_is_continued()
    {
        using var folder = new TemporaryFolder();
        var text = folder.Write("abc.txt", string.Concat(Enumerable.Repeat("abc", 30)));
        await using var texts = await new FakeNode(text).ServeWeb(BearerToken.In(home.FullName));
        using var answer = await browser.PostAsync($"{texts.Url}/v1/tasks/digits/predict", new StringContent("abcab"));
        var continuation = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("continuation");
        Assert.That(continuation.GetString(), Does.Match("^[abc]{120}$"));
    }

    [Test]
    public void A_port_that_is_taken_is_said_so()
    {
        var taken = new IPEndPoint(IPAddress.Loopback, new Uri(server.Url).Port);
        Assert.That(() => WebServer.Start(taken, _ => { }),
            Throws.TypeOf<OperatorException>().With.Message.Contains($"cannot serve HTTP on {taken}"));
    }

    private Task<HttpResponseMessage> Predict(string rows) => browser.PostAsync("/v1/tasks/digits/predict",
        new StringContent(rows, Encoding.UTF8, new MediaTypeHeaderValue("text/csv")));

    [GeneratedRegex("(?:src|href)=\"([^\"#]+)\"")]
    private static partial Regex Links();

    [GeneratedRegex("\\b([a-zA-Z]+): \"")]
    private static partial Regex Key();

    [GeneratedRegex("(?:data-word=\"([a-zA-Z]+)\"|say\\(\"([a-zA-Z]+)\")")]
    private static partial Regex Used();
}
