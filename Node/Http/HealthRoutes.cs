using Ledger.Node.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Node.Http;

/// <summary>
/// GET /health for load balancers and people, with status 503 where the chain does not move, and GET /metrics for
/// Prometheus.
/// </summary>
internal static class HealthRoutes
{
    internal static void Map(IEndpointRouteBuilder routes, Func<NodeSnapshot> snapshot)
    {
        routes.MapGet("/health", () =>
        {
            var (node, nowMs) = (snapshot(), SteadyClock.OfProcess.NowMs);
            var view = new HealthView(Health.Of(node, nowMs), node.State.Height, Health.Age(node, nowMs), node.Round,
                node.Peers.Length);
            return Results.Json(view, ViewJson.Options, statusCode: view.Health is Health.Halted
                ? StatusCodes.Status503ServiceUnavailable
                : StatusCodes.Status200OK);
        }).WithSummary("whether the chain moves").Produces<HealthView>()
            .Produces<HealthView>(StatusCodes.Status503ServiceUnavailable);
        routes.MapGet("/metrics", () =>
                Results.Text(Metrics.Of(snapshot(), SteadyClock.OfProcess.NowMs), Metrics.ContentType))
            .WithSummary("figures for Prometheus").Produces<string>(StatusCodes.Status200OK, "text/plain");
    }
}
