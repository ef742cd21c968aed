using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Node.Http;

/// <summary>
/// GET /v1/openapi.json: the API as an OpenAPI 3.1 document. It is made of the routes that this server has mapped, with
/// their own parameters and the schemas of their views, so that it can neither lack one nor promise another.
/// </summary>
internal static class OpenApiDocument
{
    private const string Route = "/openapi.json";

    private static readonly JsonSchemaExporterOptions Schemas = new() { TreatNullObliviousAsNonNullable = true };

    // Answers hold numbers as numbers; only requests may write them as text.
    private static readonly JsonSerializerOptions Answers = new(ViewJson.Options)
    {
        NumberHandling = JsonNumberHandling.Strict,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Serves it for all that <paramref name="app"/> maps, whether before or after.</summary>
    internal static void Map(IEndpointRouteBuilder routes, IEndpointRouteBuilder app)
    {
        var document = new Lazy<string>(() => Of(app.DataSources.SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()).ToJsonString());
        routes.MapGet(Route, () => Results.Text(document.Value, "application/json"))
            .WithSummary("this document").Produces<JsonObject>();
    }

    private static JsonObject Of(IEnumerable<RouteEndpoint> endpoints)
    {
        var paths = new JsonObject();
        foreach (var path in endpoints.GroupBy(PathOf).OrderBy(path => path.Key, StringComparer.Ordinal))
            paths[path.Key] = new JsonObject(path.Select(endpoint =>
                KeyValuePair.Create<string, JsonNode?>(MethodOf(endpoint), Operation(endpoint))));
        return new()
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Ledger",
                ["version"] = Api.Version,
                ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
            },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" },
                },
            },
        };
    }

    private static string PathOf(RouteEndpoint endpoint) => '/' + endpoint.RoutePattern.RawText!.TrimStart('/');

    private static string MethodOf(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods[0].ToLowerInvariant();

    private static JsonObject Operation(RouteEndpoint endpoint)
    {
        var answers = new JsonObject();
        foreach (var answer in endpoint.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>())
            answers[$"{answer.StatusCode}"] = Answer(answer);
        answers["400"] = Answer(new ProducesResponseTypeMetadata(400, typeof(ErrorView), ["application/json"]));
        var operation = new JsonObject
        {
            ["summary"] = endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary,
            ["parameters"] = new JsonArray([.. Parameters(endpoint)]),
            ["responses"] = answers,
        };
        if (endpoint.Metadata.GetMetadata<RouteBody>() is { } body)
            operation["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["content"] = Content(body.ContentTypes, body.Type),
            };
        if (endpoint.Metadata.GetMetadata<NeedsToken>() is not null)
            operation["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() });
        return operation;
    }

    private static JsonObject Answer(IProducesResponseTypeMetadata answer)
    {
        var said = new JsonObject { ["description"] = answer.StatusCode < 400 ? "done" : "refused, and why" };
        if (answer.ContentTypes.Any())
            said["content"] = Content(answer.ContentTypes, answer.Type);
        return said;
    }

    // The handler's own arguments: a mapped one cannot be forgotten here.
    private static IEnumerable<JsonNode> Parameters(RouteEndpoint endpoint) =>
        from parameter in endpoint.Metadata.GetMetadata<MethodInfo>()?.GetParameters() ?? []
        where parameter.ParameterType == typeof(string) || parameter.ParameterType.IsValueType
        let inPath = endpoint.RoutePattern.Parameters.Any(part => part.Name == parameter.Name)
        let isOptional = new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable
        select (JsonNode)new JsonObject
        {
            ["name"] = parameter.Name,
            ["in"] = inPath ? "path" : "query",
            ["required"] = inPath || !isOptional,
            ["schema"] = Schema(Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType),
        };

    private static JsonObject Content(IEnumerable<string> types, Type? type) => new(types.Select(name =>
        KeyValuePair.Create<string, JsonNode?>(name, new JsonObject
        {
            ["schema"] = type is null || type == typeof(byte[]) || type == typeof(string)
                ? new JsonObject { ["type"] = "string" }
                : Schema(type),
        })));

    private static JsonNode Schema(Type type) => Answers.GetJsonSchemaAsNode(type, Schemas);
}
