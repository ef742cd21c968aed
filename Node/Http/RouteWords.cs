using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Ledger.Node.Http;

/// <summary>What a route says of itself for <see cref="OpenApiDocument"/>; the framework's own words change which
/// requests match, these describe only.</summary>
internal static class RouteWords
{
    internal static RouteHandlerBuilder ProducesBytes(this RouteHandlerBuilder route) =>
        route.Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream");

    /// <param name="route">The route.</param>
    /// <param name="type">What its JSON is read as; null where the body is bytes or text.</param>
    /// <param name="contentTypes">The forms that a body may have.</param>
    internal static RouteHandlerBuilder WithBody(
        this RouteHandlerBuilder route, Type? type, params string[] contentTypes) =>
        route.WithMetadata(new RouteBody(type, contentTypes));
}

/// <summary>What a route takes.</summary>
internal sealed record RouteBody(Type? Type, IReadOnlyList<string> ContentTypes);

/// <summary>Marks a route that takes the bearer token only.</summary>
internal sealed class NeedsToken;
