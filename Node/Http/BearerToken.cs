using System.Security.Cryptography;
using System.Text;
using Ledger.Node.Cli;
using Microsoft.AspNetCore.Http;

namespace Ledger.Node.Http;

/// <summary>The secret that opens the routes that change something, kept in the home for its owner alone.</summary>
internal sealed class BearerToken
{
    private const int Bytes = 32;

    private readonly byte[] expected;

    private BearerToken(string token) => expected = Encoding.ASCII.GetBytes($"Bearer {token}");

    /// <summary>The token of a home; the first time it is drawn and written down.</summary>
    internal static BearerToken In(string home)
    {
        var path = Path.Combine(home, "api-token");
        if (!File.Exists(path))
        {
            using var file = OwnerOnly.CreateFile(path);
            file.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes)) + "\n"));
        }
        return new(File.ReadAllText(path).Trim());
    }

    /// <summary>Lets a request through that brings the token.</summary>
    internal async ValueTask<object?> Check(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var given = Encoding.ASCII.GetBytes(call.HttpContext.Request.Headers.Authorization.ToString());
        if (CryptographicOperations.FixedTimeEquals(given, expected))
            return await next(call);
        call.HttpContext.Response.Headers.WWWAuthenticate = "Bearer";
        return Results.Json(
            new ErrorView("this changes something and needs the bearer token",
                "send 'Authorization: Bearer TOKEN' with the token in HOME/api-token"),
            ViewJson.Options, statusCode: StatusCodes.Status401Unauthorized);
    }
}
