using System.Globalization;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Node.Http;

/// <summary>The routes that only look: functions of an immutable snapshot, of stored blocks and of blobs.</summary>
internal static class ReadRoutes
{
    internal static void Map(IEndpointRouteBuilder routes, ApiSource node)
    {
        var snapshot = node.Snapshot;
        routes.MapGet("/status", () => Json(ViewOf.Status(snapshot(), SteadyClock.OfProcess.NowMs)))
            .WithSummary("the node and its chain: height, health, training").Produces<StatusView>();
        routes.MapGet("/peers", () => Json(ViewOf.Peers(snapshot())))
            .WithSummary("who the node is connected to").Produces<PeerView[]>();
        routes.MapGet("/validators", () => Json(ViewOf.Validators(snapshot())))
            .WithSummary("who votes on the next block").Produces<ValidatorView[]>();
        routes.MapGet("/shards", () => Json(ViewOf.Shards(snapshot())))
            .WithSummary("the data in this home").Produces<ShardView[]>();
        routes.MapGet("/tasks/{task}/shard/manifest", (string task) => Json(ManifestOf(snapshot(), task)))
            .WithSummary("what the shard in this home was made of").Produces<ManifestView>();
        routes.MapGet("/accounts/{address}", (string address) =>
                Json(ViewOf.Account(snapshot().State, AddressIn(address))))
            .WithSummary("what an address owns").Produces<AccountView>();
        routes.MapGet("/tasks", () => Json(snapshot().State.Tasks.Values.Select(ViewOf.Summary)))
            .WithSummary("all tasks").Produces<TaskSummary[]>();
        routes.MapGet("/tasks/{task}", (string task, string? from) =>
                TaskFrom(node, TaskLookup.Find(snapshot().State, task), RoundIn(from)))
            .WithSummary("a task by name or id, with its rounds from number 'from' on").Produces<TaskView>();
        routes.MapGet("/blocks/{height}", (string height) => BlockAt(snapshot(), height, node.Block))
            .WithSummary("a block by height, or 'latest'").Produces<BlockView>();
        routes.MapGet("/blobs/{id}", (string id) => BlobOf(id, node.Blob))
            .WithSummary("a blob by its digest: a model, parameters or an update").ProducesBytes();
    }

    /// <summary>The address that a request names.</summary>
    internal static Address AddressIn(string text) => Address.TryParse(text, out var address)
        ? address.Value
        : throw new OperatorException($"'{text}' is no address",
            "an address starts with led1; one wrong letter spoils it");

    private static uint RoundIn(string? text) => text is null ? 0
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var round) ? round
        : throw new OperatorException($"'{text}' is no round", "rounds are whole numbers from 0");

    internal static IResult Json<T>(T view) => Results.Json(view, ViewJson.Options);

    private static IResult TaskFrom(ApiSource node, LearningTask task, uint from) =>
        Json(ViewOf.Task(task, node.Results(task, from)));

    private static ManifestView ManifestOf(NodeSnapshot node, string name)
    {
        var task = TaskLookup.Find(node.State, name);
        var (text, digest) = (node.Shards.FirstOrDefault(each => each.Task == task.Id) ?? throw NoShard(task)).Manifest;
        return new(text, digest.ToString(), task.Shards.GetValueOrDefault(node.Address)?.Manifest == digest);
    }

    internal static OperatorException NoShard(LearningTask task) =>
        new($"there is no shard for task '{task.Spec.Name}' here", "see: ledger shard list");

    private static IResult BlockAt(
        NodeSnapshot node, string text, Func<ulong, (Block Block, CommitCertificate Certificate)?> block)
    {
        var tip = node.State.Height;
        if (!ulong.TryParse(text == "latest" ? $"{tip}" : text, NumberStyles.None, CultureInfo.InvariantCulture,
            out var height))
            throw new OperatorException($"'{text}' is no height", "a height is a whole number, or 'latest'");
        return block(height) is var (found, certificate)
            ? Json(ViewOf.Block(node.State.ChainId, found, certificate))
            : throw (height > 0 && height <= tip
                ? new OperatorException($"block {height} is not kept here", "a node without --keep-blocks has it")
                : new OperatorException($"no block at height {height}; the tip is {tip}", "heights count from 1"));
    }

    private static IResult BlobOf(string text, Func<Digest, byte[]?> blob)
    {
        if (!Digest.TryParse(text, out var id))
            throw new OperatorException($"'{text}' is no digest", "a digest is written as 64 hexadecimal digits");
        return blob(id.Value) is { } bytes
            ? Results.Bytes(bytes)
            : throw new OperatorException($"this node does not hold the blob {text}",
                "ask a validator that keeps all blocks: others fetch what they need, and pruning drops what is old");
    }
}
