using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Node.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Node.Http;

/// <summary>The routes that change something: what they submit is signed with the node's own key.</summary>
internal static class WriteRoutes
{
    internal delegate Task<Submission> Submit(Payload payload, ulong fee, CancellationToken stop);

    internal delegate Task<Submission> AddShard(Digest task, string source, byte[] shard, CancellationToken stop);

    internal static void Map(
        IEndpointRouteBuilder routes, Func<NodeSnapshot> snapshot, Submit submit, AddShard addShard,
        Func<Digest, Task<bool>> removeShard)
    {
        routes.MapPost("/transactions", async (HttpContext http) =>
        {
            var request =
                await http.Request.ReadFromJsonAsync<TransactionRequest>(ViewJson.Options, http.RequestAborted);
            var submission = await submit(PayloadOf(request), request?.Fee ?? 0, http.RequestAborted);
            return ReadRoutes.Json(ViewOf.Submission(submission));
        });
        routes.MapPut("/tasks/{task}/shard", async (string task, string source, HttpContext http) =>
        {
            var id = TaskLookup.Find(snapshot().State, task).Id;
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            return ReadRoutes.Json(ViewOf.Submission(await addShard(id, source, body.ToArray(), http.RequestAborted)));
        });
        routes.MapDelete("/tasks/{task}/shard", async (string task) =>
        {
            var found = TaskLookup.Find(snapshot().State, task);
            return await removeShard(found.Id)
                ? Results.NoContent()
                : throw new OperatorException(
                    $"there is no shard for task '{found.Spec.Name}' here", "see: ledger shard list");
        });
    }

    private static Payload PayloadOf(TransactionRequest? request) => request switch
    {
        { Kind: "transfer", To: { } to } => new Payload.Transfer(ReadRoutes.AddressIn(to), request.Amount),
        { Kind: "stake" } => new Payload.Stake(request.Amount),
        { Kind: "unstake" } => new Payload.Unstake(request.Amount),
        { Kind: "unjail" } => new Payload.Unjail(),
        _ => throw new OperatorException(
            "no such transaction", "kinds are: transfer (with 'to'), stake, unstake, unjail"),
    };
}
