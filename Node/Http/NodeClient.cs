using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Node.Host;
using Ledger.Node.Storage;
using Ledger.Node.Training;

namespace Ledger.Node.Http;

/// <summary>Talks to the node that runs in a home, through its socket.</summary>
internal sealed class NodeClient : IDisposable
{
    // A submission waits for its block; anything else answers at once.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // A node that has opened its store answers when it has read it; one that ends closes the store soon.
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60), Look = TimeSpan.FromMilliseconds(50);

    private readonly string home;
    private readonly HttpClient http;

    internal NodeClient(string home)
    {
        this.home = home;
        var socket = new UnixDomainSocketEndPoint(ApiSocket.PathIn(home));
        http = new(new SocketsHttpHandler { UseProxy = false, ConnectCallback = (_, stop) => ConnectTo(socket, stop) })
        {
            BaseAddress = new($"http://ledger/{Api.Version}/"),
            Timeout = Patience,
        };
    }

    internal async Task<T> Get<T>(string path, CancellationToken stop)
    {
        using var response = await Send(new(HttpMethod.Get, path), stop);
        return await Read<T>(response, stop);
    }

    internal Task<byte[]> Blob(string digest, CancellationToken stop) => Bytes($"blobs/{digest}", stop);

    internal async Task<byte[]> Bytes(string path, CancellationToken stop)
    {
        using var response = await Send(new(HttpMethod.Get, path), stop);
        return await response.Content.ReadAsByteArrayAsync(stop);
    }

    internal Task<SubmissionView> Submit(TransactionRequest transaction, CancellationToken stop) =>
        Send<SubmissionView>(HttpMethod.Post, "transactions", Json(transaction), stop);

    internal Task<SubmissionView> Amend(AmendmentRequest amendment, CancellationToken stop) =>
        Send<SubmissionView>(HttpMethod.Post, "amendments", Json(amendment), stop);

    internal Task<LogLevelView> SetLogLevel(string level, CancellationToken stop) =>
        Send<LogLevelView>(HttpMethod.Put, LogRoutes.Level, Json(new LogLevelView(level)), stop);

    /// <summary>Hands signed transactions over; does not wait for a block.</summary>
    internal Task<PoolView> Submit(byte[] signed, CancellationToken stop) =>
        Send<PoolView>(HttpMethod.Post, "transactions/signed", new ByteArrayContent(signed), stop);

    /// <summary>A task and, where it has one, its model file.</summary>
    internal Task<SubmissionView> CreateTask(TaskSpec spec, byte[] model, CancellationToken stop)
    {
        var body = new Writer().Array(2);
        spec.Write(body);
        return Send<SubmissionView>(
            HttpMethod.Post, "tasks", new ByteArrayContent(body.Bytes(model).ToArray()), stop);
    }

    internal Task<SubmissionView> AddShard(string task, ShardOrigin origin, byte[] shard, CancellationToken stop)
    {
        var content = new ByteArrayContent(shard);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        var path = $"tasks/{Uri.EscapeDataString(task)}/shard?source={Uri.EscapeDataString(origin.Source)}"
            + $"&terms={Uri.EscapeDataString(origin.Terms)}";
        return Send<SubmissionView>(HttpMethod.Put, path, content, stop);
    }

    internal async Task RemoveShard(string task, CancellationToken stop) =>
        (await Send(new(HttpMethod.Delete, $"tasks/{Uri.EscapeDataString(task)}/shard"), stop)).Dispose();

    public void Dispose() => http.Dispose();

    private async ValueTask<Stream> ConnectTo(UnixDomainSocketEndPoint endPoint, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        while (true)
            try
            {
                return await Connect(endPoint, stop);
            }
            catch (SocketException) when (IsStarting && clock.Elapsed < StartPatience)
            {
                await Task.Delay(Look, stop);
            }
    }

    private static async ValueTask<Stream> Connect(UnixDomainSocketEndPoint endPoint, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    private bool IsStarting => StoreDirectory.IsInUse(NodeHost.StoreIn(home));

    private static JsonContent Json<T>(T value) => JsonContent.Create(value, options: ViewJson.Options);

    private async Task<T> Send<T>(HttpMethod method, string path, HttpContent content, CancellationToken stop)
    {
        using (content)
        {
            using var response = await Send(new(method, path) { Content = content }, stop);
            return await Read<T>(response, stop);
        }
    }

    private async Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken stop)
    {
        try
        {
            var response = await http.SendAsync(request, stop);
            if (!response.IsSuccessStatusCode)
                throw await Refusal(response, stop);
            return response;
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException && IsStarting)
        {
            throw new OperatorException($"a node has '{home}' open and does not answer",
                "it may still be reading a large store: look at its log");
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException)
        {
            throw new OperatorException($"no node is running in '{home}'",
                $"start one with: ledger run --genesis genesis.json --home {home}");
        }
        catch (HttpRequestException)
        {
            throw new OperatorException($"the node in '{home}' stopped while it was asked", "look at its log");
        }
        finally
        {
            request.Dispose();
        }
    }

    private async Task<OperatorException> Refusal(HttpResponseMessage response, CancellationToken stop)
    {
        using (response)
            return response.Content.Headers.ContentType?.MediaType == "application/json"
                && await response.Content.ReadFromJsonAsync<ErrorView>(ViewJson.Options, stop) is { } view
                ? new(view.Error, view.Hint)
                : new($"the node in '{home}' answered with status {(int)response.StatusCode}", "look at its log");
    }

    private async Task<T> Read<T>(HttpResponseMessage response, CancellationToken stop) =>
        await response.Content.ReadFromJsonAsync<T>(ViewJson.Options, stop)
        ?? throw new OperatorException($"the node in '{home}' answered nothing", "is it of another version?");
}
