using Ledger.Consensus.Chain;
using Ledger.Consensus.State;
using Ledger.Node.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Node.Http;

/// <summary>The routes about the chain's own rules: what holds, what will, who votes for what.</summary>
internal static class AmendmentRoutes
{
    internal static void Map(IEndpointRouteBuilder routes, Func<NodeSnapshot> snapshot) =>
        routes.MapGet("/rules", () => ReadRoutes.Json(View(snapshot().State)))
            .WithSummary("the version of the protocol, the parameters, and the amendments to them")
            .Produces<RulesView>();

    internal static void MapVote(
        IEndpointRouteBuilder routes, Func<NodeSnapshot> snapshot, WriteRoutes.Submit submit) =>
        routes.MapPost("/amendments", async (HttpContext http) =>
        {
            var request = await http.Request.ReadFromJsonAsync<AmendmentRequest>(ViewJson.Options, http.RequestAborted)
                ?? throw new OperatorException("no amendment", "send its height and what it changes");
            var amendment = AmendmentIn(request, snapshot().State);
            return ReadRoutes.Json(ViewOf.Submission(
                await submit(new Payload.Amend(amendment), request.Fee, http.RequestAborted)));
        }).WithSummary("votes for an amendment with the node's key and waits for the block")
            .WithBody(typeof(AmendmentRequest), "application/json").Produces<SubmissionView>();

    private static RulesView View(ChainState state) => new(
        state.Version, Header.NewestVersion, Values(state.Parameters),
        state.Scheduled is { } scheduled ? View(state, scheduled, [], 0) : null,
        [
            .. Amendments.Tally(state.Validators, state.AmendmentVotes).Select(each => View(state, each.Amendment,
                [.. state.AmendmentVotes.Where(vote => vote.Value == each.Amendment).Select(vote => $"{vote.Key}")],
                each.Stake)),
        ],
        state.Validators.Quorum);

    private static AmendmentView View(ChainState state, Amendment amendment, string[] validators, ulong stake) => new(
        amendment.Id().ToString(), amendment.Height, amendment.Version,
        new(amendment.Parameters.All().Except(state.Parameters.All())
            .ToDictionary(each => each.Key, each => each.Value), StringComparer.Ordinal),
        validators, stake);

    private static SortedDictionary<string, ulong> Values(ChainParameters parameters) =>
        new(parameters.All().ToDictionary(each => each.Key, each => each.Value), StringComparer.Ordinal);

    private static Amendment AmendmentIn(AmendmentRequest request, ChainState state)
    {
        try
        {
            var parameters = state.Parameters;
            foreach (var (key, value) in request.Parameters ?? new Dictionary<string, ulong>())
                parameters = parameters.With(key, value);
            var amendment = new Amendment(request.Height, request.Version ?? state.Version, parameters);
            return parameters.Fault() is { } fault ? throw fault : Amendments.Check(state, amendment) switch
            {
                Rejection.None => amendment,
                Rejection.AmendmentOutOfTime => throw new OperatorException(
                    $"height {request.Height} is behind the chain, or too far ahead; the tip is {state.Height}",
                    "leave the other validators time to vote"),
                _ => throw new OperatorException("no validator may vote for such an amendment",
                    $"versions go up one by one (now {state.Version}); unbonding-ms, evidence-age-ms and "
                    + "trusting-period-ms hold for good"),
            };
        }
        catch (GenesisException e)
        {
            throw new OperatorException(e.Message, e.Hint);
        }
    }
}
