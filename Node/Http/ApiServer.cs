using Ledger.Node.Cli;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Ledger.Node.Http;

/// <summary>Serves a node's API on the socket in its home. Whoever holds the home's lock may start it.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    // Shards are the largest bodies; one array holds them.
    private const long BodyBytesMax = 2_000_000_000;
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromMilliseconds(500);

    private readonly WebApplication app;

    private ApiServer(WebApplication app) => this.app = app;

    internal static async Task<ApiServer> Start(string home, Action<WebApplication> map)
    {
        var socket = ApiSocket.PathIn(home);
        // What an earlier process left behind; a living one would have kept us from the home's lock.
        File.Delete(socket);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRoutingCore().Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout)
            .Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
            kestrel.ListenUnixSocket(socket);
        });
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        OwnerOnly.Restrict(socket);
        return new(app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
