using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Ledger.Node.Http;

/// <summary>
/// What a browser sees of a node, where <c>--api</c> asks for it: the dashboard at /, the API under /v1, /health and
/// /metrics. Looking is free; what changes something needs the bearer token in the home's file <c>api-token</c>. No
/// other site's page may read anything: no CORS header is ever sent, and a request must name the server by address.
/// </summary>
internal sealed class WebServer : IAsyncDisposable
{
    // A shard of a million rows of ten numbers; larger ones go through the socket in the home.
    private const long BodyBytesMax = 64_000_000;

    // A browser opens six connections; this is for a hundred readers and their pages.
    private const int ConnectionsMax = 512;

    // The dashboard asks for some ten things a second at most.
    private const int RequestsPerSecond = 200;

    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromMilliseconds(500);

    private readonly WebApplication app;

    private WebServer(WebApplication app) => this.app = app;

    /// <summary>Where it listens, with the port that the system chose where 0 was asked for.</summary>
    internal string Url => app.Urls.First();

    /// <exception cref="OperatorException">The address is in use or not ours.</exception>
    internal static async Task<WebServer> Start(IPEndPoint at, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRoutingCore().AddRateLimiter(Limit)
            .Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout)
            .Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            kestrel.Listen(at);
        });
        var app = builder.Build();
        app.Use(Guard).UseRateLimiter();
        map(app);
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync();
            throw new OperatorException($"cannot serve HTTP on {at}: {e.Message.ToLowerInvariant()}",
                "choose another with --api ADDRESS:PORT");
        }
        return new(app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    // A page of another site can make a browser call us by a name that it controls (DNS rebinding): names are refused.
    private static Task Guard(HttpContext http, RequestDelegate next)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; "
            + "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
        var host = http.Request.Host.Host.Trim('[', ']');
        if (host == "localhost" || IPAddress.TryParse(host, out _))
            return next(http);
        http.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        return http.Response.WriteAsJsonAsync(
            new ErrorView($"this server is not called '{host}'", "call it by its address, or as localhost"),
            ViewJson.Options, http.RequestAborted);
    }

    private static void Limit(RateLimiterOptions options)
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http =>
            RateLimitPartition.GetTokenBucketLimiter($"{http.Connection.RemoteIpAddress}", _ => new()
            {
                TokenLimit = 2 * RequestsPerSecond,
                TokensPerPeriod = RequestsPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
            }));
    }
}
