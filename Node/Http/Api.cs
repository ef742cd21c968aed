using System.Text.Json;
using Ledger.Learning;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Node.Http;

/// <summary>
/// The API of a node, under /v1: GET /status, /peers, /validators, /shards, /accounts/ADDRESS, /tasks, /tasks/TASK,
/// /blocks/HEIGHT, /blobs/DIGEST, /proofs/account/ADDRESS, /proofs/task/TASK, /proofs/model/TASK/ROUND,
/// /proofs/validators; POST /transactions, /transactions/signed and /tasks; PUT and DELETE /tasks/TASK/shard; GET and
/// PUT /log-level. A refusal is {"error","hint"} with status 400.
/// </summary>
internal static class Api
{
    /// <summary>The first part of every route.</summary>
    internal const string Version = "v1";

    /// <summary>All of it, for who may open the socket in the home.</summary>
    internal static void Map(WebApplication app, ApiSource node)
    {
        AnswerMistakes(app);
        var routes = app.MapGroup(Version);
        Look(routes, node);
        Change(routes, node);
    }

    /// <summary>What browsers and monitors ask for; see <see cref="WebServer"/>.</summary>
    internal static void MapWeb(WebApplication app, ApiSource node, BearerToken token)
    {
        AnswerMistakes(app);
        DashboardFiles.Map(app);
        HealthRoutes.Map(app, node.Snapshot);
        var routes = app.MapGroup(Version);
        Look(routes, node);
        EventStream.Map(routes, node.Snapshot, app.Lifetime.ApplicationStopping);
        OpenApiDocument.Map(routes, app);
        var guarded = app.MapGroup(Version);
        guarded.AddEndpointFilter(token.Check).WithMetadata(new NeedsToken());
        Change(guarded, node);
    }

    private static void Look(IEndpointRouteBuilder routes, ApiSource node)
    {
        LogRoutes.MapLook(routes);
        ReadRoutes.Map(routes, node);
        AmendmentRoutes.Map(routes, node.Snapshot);
        ProofRoutes.Map(routes, node.Snapshot, node.Prove);
        PredictRoutes.Map(routes, node.Snapshot, node.Blob);
    }

    private static void Change(IEndpointRouteBuilder routes, ApiSource node)
    {
        LogRoutes.MapChange(routes);
        AmendmentRoutes.MapVote(routes, node.Snapshot, node.Submit);
        WriteRoutes.Map(
            routes, node.Snapshot, node.Submit, node.Pool, node.CreateTask, node.AddShard, node.RemoveShard);
    }

    /// <summary>Turns a mistake in a request into its two lines; anything else is a bug and ends as status
    /// 500.</summary>
    private static void AnswerMistakes(WebApplication app) => app.Use(async (http, next) =>
    {
        try
        {
            await next(http);
        }
        catch (OperatorException e)
        {
            await Refuse(http, new(e.Message, e.Hint));
        }
        catch (DataException e)
        {
            await Refuse(http, new(e.Message, e.Hint ?? "see Node/README.md"));
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status400BadRequest)
        {
            await Refuse(http, new(e.Message.TrimEnd('.'), "see the OpenAPI document: /v1/openapi.json"));
        }
        catch (JsonException)
        {
            await Refuse(http, new("the body is not the JSON that this route takes", "see Node/README.md"));
        }
    });

    private static Task Refuse(HttpContext http, ErrorView error)
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        return http.Response.WriteAsJsonAsync(error, ViewJson.Options, http.RequestAborted);
    }
}
