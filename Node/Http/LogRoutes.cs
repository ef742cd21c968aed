using Ledger.Node.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Node.Http;

/// <summary>The least level that this process logs, and how to change it while it runs.</summary>
internal static class LogRoutes
{
    /// <summary>Where it is, below the version.</summary>
    internal const string Level = "log-level";

    internal static void MapLook(IEndpointRouteBuilder routes) =>
        routes.MapGet("/log-level", () => ReadRoutes.Json(Present())).WithSummary("the least that this node logs")
            .Produces<LogLevelView>();

    internal static void MapChange(IEndpointRouteBuilder routes) =>
        routes.MapPut("/log-level", async (HttpContext http) =>
        {
            var wanted = await http.Request.ReadFromJsonAsync<LogLevelView>(ViewJson.Options, http.RequestAborted);
            Log.Level = LogLevels.Parse(wanted?.Level ?? "");
            Log.LevelChanged(Log.Level);
            return ReadRoutes.Json(Present());
        }).WithSummary("sets the least that this node logs").WithBody(typeof(LogLevelView), "application/json")
            .Produces<LogLevelView>();

    private static LogLevelView Present() => new(LogLevels.NameOf(Log.Level));
}
