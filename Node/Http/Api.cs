using System.Text.Json;
using Ledger.Node.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Ledger.Node.Http;

/// <summary>
/// The API of a node, for its owner: GET /status, /peers, /shards, /accounts/ADDRESS, /tasks, /tasks/TASK,
/// /blocks/HEIGHT, /blobs/DIGEST, /proofs/account/ADDRESS, /proofs/task/TASK, /proofs/model/TASK/ROUND,
/// /proofs/validators; POST /transactions and /transactions/signed; PUT and DELETE /tasks/TASK/shard. A refusal is
/// {"error","hint"} with status 400.
/// </summary>
internal static class Api
{
    internal static void Map(WebApplication app, NodeHost host)
    {
        AnswerMistakes(app);
        ReadRoutes.Map(app, () => host.Snapshot, host.Block, host.Blob);
        ProofRoutes.Map(app, () => host.Snapshot, host.Prove);
        WriteRoutes.Map(app, () => host.Snapshot, host.Submit, host.Submit, host.AddShard, host.RemoveShard);
    }

    /// <summary>Turns a mistake in a request into its two lines; anything else is a bug and ends as status
    /// 500.</summary>
    internal static void AnswerMistakes(WebApplication app) => app.Use(async (http, next) =>
    {
        try
        {
            await next(http);
        }
        catch (OperatorException e)
        {
            await Refuse(http, new(e.Message, e.Hint));
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
