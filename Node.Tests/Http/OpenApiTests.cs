using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ledger.Node.Http;
using Ledger.Node.Tests.Tidy;

namespace Ledger.Node.Tests.Http;

/// <summary>The API's description against its source and against what it really answers.</summary>
public sealed partial class OpenApiTests
{
    // Mapped by a table or a constant; all others stand in the source as they are.
    private static readonly string[] Tabled =
        ["/", "/app.js", "/charts.js", "/panels.js", "/style.css", "/words.js", $"/{Api.Version}/openapi.json"];

    private readonly FakeNode node = new();
    private DirectoryInfo home = null!;
    private WebServer server = null!;
    private HttpClient reader = null!;
    private JsonObject document = null!;

    [OneTimeSetUp]
    public async Task Read()
    {
        home = Directory.CreateTempSubdirectory("ledger-test-");
        server = await node.ServeWeb(BearerToken.In(home.FullName));
        reader = new() { BaseAddress = new(server.Url) };
        document = JsonNode.Parse(await reader.GetStringAsync("/v1/openapi.json"))!.AsObject();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        reader.Dispose();
        await server.DisposeAsync();
        home.Delete(recursive: true);
    }

    [Test]
    public void Every_route_in_the_source_is_described_and_none_that_is_not()
    {
        var written = SourceTree.Files.Where(file => file.IsIn("Node/Http"))
            .SelectMany(file => Mapping().Matches(file.Root.ToFullString()))
            .Select(match => $"{match.Groups[1].Value.ToLowerInvariant()} {Prefix(match.Groups[2].Value)}");
        var described = Operations().Select(each => $"{each.Method} {each.Path}")
            .Except(Tabled.Select(path => $"get {path}"));
        Assert.That(described, Is.EquivalentTo(written));
    }

    [Test]
    public void It_is_OpenAPI_3_1_and_each_operation_says_what_it_does_and_answers() => Assert.Multiple(() =>
    {
        Assert.That($"{document["openapi"]}", Is.EqualTo("3.1.0"));
        foreach (var (method, path, operation) in Operations())
        {
            Assert.That($"{operation["summary"]}", Is.Not.Empty, $"{method} {path}");
            Assert.That(operation["responses"]!.AsObject().Any(answer => answer.Key[0] == '2'), $"{method} {path}");
        }
    });

    [Test]
    public void Each_part_of_a_path_is_a_parameter_of_it() => Assert.Multiple(() =>
    {
        foreach (var (method, path, operation) in Operations())
        {
            var described = operation["parameters"]!.AsArray().Where(each => $"{each!["in"]}" == "path");
            Assert.That(described.Select(each => $"{each!["name"]}"),
                Is.EquivalentTo(Part().Matches(path).Select(match => match.Groups[1].Value)), $"{method} {path}");
        }
    });

    [Test]
    public void What_changes_something_needs_the_token_and_nothing_else_does() => Assert.That(
        Operations().Where(each => each.Operation["security"] is not null).Select(each => $"{each.Method} {each.Path}"),
        Is.EquivalentTo(new[]
        {
            "post /v1/amendments", "post /v1/transactions",
            "post /v1/transactions/signed", "post /v1/tasks", "put /v1/tasks/{task}/shard",
            "delete /v1/tasks/{task}/shard", "put /v1/log-level",
        }));

    [TestCase("/v1/status", "/v1/status")]
    [TestCase("/v1/tasks/{task}", "/v1/tasks/digits")]
    [TestCase("/v1/tasks", "/v1/tasks")]
    [TestCase("/v1/peers", "/v1/peers")]
    [TestCase("/v1/validators", "/v1/validators")]
    [TestCase("/health", "/health")]
    public async Task An_answer_has_the_properties_that_are_described(string path, string url)
    {
        using var answer = await reader.GetAsync(url);
        var status = answer.StatusCode == HttpStatusCode.ServiceUnavailable ? "503" : "200";
        var said = document["paths"]![path]!["get"]!["responses"]![status]!;
        var schema = said["content"]!["application/json"]!["schema"]!;
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        var (one, described) = body is JsonArray list ? (list[0]!, schema["items"]!) : (body, schema);
        Assert.That(one.AsObject().Select(property => property.Key),
            Is.EquivalentTo(described["properties"]!.AsObject().Select(property => property.Key)));
    }

    private static string Prefix(string route) =>
        route is "/health" or "/metrics" ? route : $"/{Api.Version}{route}";

    private IEnumerable<(string Method, string Path, JsonObject Operation)> Operations() =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (operation.Key, path.Key, operation.Value!.AsObject());

    [GeneratedRegex("Map(Get|Post|Put|Delete)\\(\\s*\"([^\"]+)\"")]
    private static partial Regex Mapping();

    [GeneratedRegex("\\{(\\w+)\\}")]
    private static partial Regex Part();
}
