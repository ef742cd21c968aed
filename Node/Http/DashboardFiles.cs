using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Node.Http;

/// <summary>The dashboard's files, which are in the executable.</summary>
internal static class DashboardFiles
{
    private static readonly (string Route, string File, string Type)[] All =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/style.css", "style.css", "text/css; charset=utf-8"),
        ("/app.js", "app.js", "text/javascript; charset=utf-8"),
        ("/charts.js", "charts.js", "text/javascript; charset=utf-8"),
        ("/panels.js", "panels.js", "text/javascript; charset=utf-8"),
        ("/words.js", "words.js", "text/javascript; charset=utf-8"),
    ];

    internal static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (route, file, type) in All)
        {
            var content = Read(file);
            routes.MapGet(route, () => Results.Bytes(content, type))
                .WithSummary("a file of the dashboard").Produces<string>(StatusCodes.Status200OK, type);
        }
    }

    private static byte[] Read(string file)
    {
        using var stream = typeof(DashboardFiles).Assembly.GetManifestResourceStream($"dashboard/{file}")
            ?? throw new InvalidOperationException($"the executable lacks its dashboard file {file}");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
