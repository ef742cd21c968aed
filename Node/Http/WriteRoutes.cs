using System.Buffers;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Host;
using Ledger.Node.Training;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Node.Http;

/// <summary>The routes that change something: what they submit is signed with the node's own key.</summary>
internal static class WriteRoutes
{
    internal delegate Task<Submission> Submit(Payload payload, ulong fee, CancellationToken stop);

    internal delegate Task<Submission> AddShard(Digest task, ShardOrigin origin, byte[] shard, CancellationToken stop);

    internal delegate Task<Submission> CreateTask(TaskSpec spec, byte[] model, CancellationToken stop);

    internal delegate Task<IReadOnlyList<Rejection>> Pool(IReadOnlyList<Verified<SignedTransaction>> transactions);

    internal static void Map(
        IEndpointRouteBuilder routes, Func<NodeSnapshot> snapshot, Submit submit, Pool pool, CreateTask createTask,
        AddShard addShard, Func<Digest, Task<bool>> removeShard)
    {
        routes.MapPost("/transactions/signed", async (HttpContext http) =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            var refused = await pool(SignedIn(body.ToArray(), snapshot().State.ChainId));
            var reasons = new SortedDictionary<string, int>(StringComparer.Ordinal);
            foreach (var (why, count) in refused.Where(r => r != Rejection.None).CountBy(r => r.ToString()))
                reasons[why] = count;
            return ReadRoutes.Json(new PoolView(refused.Count(r => r == Rejection.None), reasons));
        }).WithSummary("hands over transactions that were signed elsewhere").WithBody(null, "application/octet-stream")
            .Produces<PoolView>();
        routes.MapPost("/transactions", async (HttpContext http) =>
        {
            var request =
                await http.Request.ReadFromJsonAsync<TransactionRequest>(ViewJson.Options, http.RequestAborted);
            var submission = await submit(PayloadOf(request), request?.Fee ?? 0, http.RequestAborted);
            return ReadRoutes.Json(ViewOf.Submission(submission));
        }).WithSummary("signs a transaction with the node's key and waits for its block")
            .WithBody(typeof(TransactionRequest), "application/json").Produces<SubmissionView>();
        routes.MapPost("/tasks", async (HttpContext http) =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            return ReadRoutes.Json(ViewOf.Submission(await createTask(SpecIn(body.ToArray(), out var model), model,
                http.RequestAborted)));
        }).WithSummary("puts a task on the chain, with its model file where it has one")
            .WithBody(null, "application/octet-stream").Produces<SubmissionView>();
        routes.MapPut("/tasks/{task}/shard", async (string task, string source, string? terms, HttpContext http) =>
        {
            var id = TaskLookup.Find(snapshot().State, task).Id;
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            return ReadRoutes.Json(ViewOf.Submission(
                await addShard(id, ShardOrigin.Of(source, terms ?? ""), body.ToArray(), http.RequestAborted)));
        }).WithSummary("makes rows on this machine a shard of the task").WithBody(null, "application/octet-stream")
            .Produces<SubmissionView>();
        routes.MapDelete("/tasks/{task}/shard", async (string task) =>
        {
            var found = TaskLookup.Find(snapshot().State, task);
            return await removeShard(found.Id)
                ? Results.NoContent()
                : throw ReadRoutes.NoShard(found);
        }).WithSummary("takes the shard out of the task, here and on the chain")
            .Produces(StatusCodes.Status204NoContent);
    }

    // An array of byte strings, as the chain encodes both; whoever signs elsewhere has checked nothing with us.
    private static List<Verified<SignedTransaction>> SignedIn(byte[] body, Digest chainId)
    {
        var reader = new Reader(body);
        var list = new List<Verified<SignedTransaction>>();
        for (int i = 0, n = reader.Count(Limits.BlockTransactionsMax); i < n && !reader.Failed; i++)
            list.Add(SignedTransaction.TryDecode(reader.Bytes(Limits.TransactionBytesMax), out var transaction)
                && Verifier.Check(chainId, transaction) is { } good
                ? good
                : throw new OperatorException(
                    $"transaction {i} does not decode, or is not signed by its sender for this chain",
                    "see 'Transactions' in Consensus/README.md"));
        return reader.Finished
            ? list
            : throw new OperatorException("the body is not an array of signed transactions",
                $"send MessagePack: at most {Limits.BlockTransactionsMax} byte strings");
    }

    // What the chain will hold of the task, and the user's model file, empty where the task has none.
    private static TaskSpec SpecIn(byte[] body, out byte[] model)
    {
        var reader = new Reader(body);
        reader.Array(2);
        var spec = TaskSpec.Read(ref reader);
        model = reader.Bytes(Learning.Limits.ModelFileBytes).ToArray();
        return reader.Finished
            ? spec
            : throw new OperatorException("the body is not a task and its model file",
                "see 'Transactions' in Consensus/README.md");
    }

    private static Payload PayloadOf(TransactionRequest? request) => request switch
    {
        { Kind: "transfer", To: { } to } => new Payload.Transfer(ReadRoutes.AddressIn(to), request.Amount),
        { Kind: "stake" } => new Payload.Stake(request.Amount),
        { Kind: "unstake" } => new Payload.Unstake(request.Amount),
        { Kind: "unjail" } => new Payload.Unjail(),
        { Kind: "rotate-key", To: { } to, Consent: { } consent } =>
            new Payload.RotateKey(ReadRoutes.AddressIn(to), SignatureIn(consent)),
        _ => throw new OperatorException(
            "no such transaction",
            "kinds are: transfer (with 'to'), stake, unstake, unjail, rotate-key (with 'to' and 'consent')"),
    };

    private static Signature SignatureIn(string text)
    {
        var bytes = new byte[Signature.Size];
        return text.Length == 2 * bytes.Length
            && Convert.FromHexString(text, bytes, out _, out _) == OperationStatus.Done
            ? Signature.From(bytes)
            : throw new OperatorException("the consent is no signature", "128 hexadecimal digits of the new key's");
    }
}
