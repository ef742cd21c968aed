using System.Text;
using Ledger.Node.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Node.Http;

/// <summary>
/// GET /events: the status of the node whenever it is another, as server-sent events (WHATWG HTML 9.2).
/// </summary>
internal static class EventStream
{
    // The node renews its snapshot as often.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    // Something must be sent now and then, or a reader that is gone is never noticed.
    private static readonly TimeSpan SpeakEvery = TimeSpan.FromSeconds(2);

    internal static void Map(IEndpointRouteBuilder routes, Func<NodeSnapshot> snapshot, CancellationToken stopping) =>
        routes.MapGet("/events", async (HttpContext http) =>
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
            http.Response.ContentType = "text/event-stream";
            try
            {
                await Stream(http.Response, snapshot, end.Token);
            }
            catch (OperationCanceledException)
            {
                // The reader has gone, or the node stops.
            }
        }).WithSummary("the status whenever it changes, as server-sent events")
            .WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, null, ["text/event-stream"]));

    private static async Task Stream(HttpResponse response, Func<NodeSnapshot> snapshot, CancellationToken stop)
    {
        NodeSnapshot? sent = null;
        var silent = TimeSpan.Zero;
        while (!stop.IsCancellationRequested)
        {
            var now = snapshot();
            if (now != sent || silent >= SpeakEvery)
            {
                var status = ViewOf.Status(now, SteadyClock.OfProcess.NowMs);
                await response.WriteAsync($"event: status\ndata: {ViewJson.Write(status)}\n\n", Encoding.UTF8, stop);
                await response.Body.FlushAsync(stop);
                (sent, silent) = (now, TimeSpan.Zero);
            }
            await Task.Delay(LookEvery, stop);
            silent += LookEvery;
        }
    }
}
