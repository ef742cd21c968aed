using System.Text;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Node.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Node.Http;

/// <summary>
/// POST /tasks/TASK/predict: the newest canonical model on rows (text/csv with its header line), on images
/// (application/octet-stream, a byte a pixel) or on the beginning of a text (text/plain), which it continues. What is
/// sent is read, answered and forgotten.
/// </summary>
internal static class PredictRoutes
{
    // A thousand images of MNIST; whoever has more uses 'ledger model predict'.
    private const int BodyBytesMax = 1_000_000;

    // A few lines of text, in a second or so.
    private const int ContinuedCharacters = 120;
    private const double Temperature = 0.7;

    internal static void Map(IEndpointRouteBuilder routes, Func<NodeSnapshot> snapshot, Func<Digest, byte[]?> blob)
    {
        // Agreement and training need the processor more: one prediction at a time.
        var turn = new SemaphoreSlim(1);
        routes.MapPost("/tasks/{task}/predict", async (string task, HttpContext http) =>
        {
            var body = await Read(http);
            await turn.WaitAsync(http.RequestAborted);
            try
            {
                return ReadRoutes.Json(Predict(TaskLookup.Find(snapshot().State, task), body,
                    http.Request.ContentType ?? "text/csv", blob));
            }
            catch (DataException e)
            {
                throw new OperatorException(e.Message, e.Hint ?? "send what the task's files look like");
            }
            finally
            {
                turn.Release();
            }
        }).WithSummary("the newest canonical model on some rows").WithBody(null, "text/csv", "application/octet-stream",
                "text/plain")
            .Produces<PredictionsView>();
    }

    private static PredictionsView Predict(LearningTask task, byte[] body, string type, Func<Digest, byte[]?> blob)
    {
        if (!Recipe.TryParse(task.Spec.Recipe, out var recipe, out var error))
            throw new OperatorException($"the recipe of task '{task.Spec.Name}' does not read: {error}",
                "is the task of another version?");
        using var model = TorchModel.Open(recipe, recipe.Model.FileHash is null ? null : Held(task.Spec.Model));
        if (!Parameters.TryDecode(Held(task.Round.Parameters), model.ParameterCount, out var parameters))
            throw new OperatorException("the canonical parameters do not fit the model", "is the store damaged?");
        var probabilities = Inference.Predict(model, parameters, Features(recipe.Schema, body, type));
        var view = PredictionsView.Of(recipe.Schema, probabilities, labels: null);
        return recipe.Schema is not TextSchema
            ? view
            : view with
            {
                Continuation = string.Concat(Generation.Continue(
                    model, parameters, Encoding.UTF8.GetString(body), ContinuedCharacters, Temperature, seed: 0)),
            };

        byte[] Held(Digest id) => blob(id)
            ?? throw new OperatorException("this node does not hold the model yet", "try again when it has caught up");
    }

    private static float[] Features(Schema schema, byte[] body, string type)
    {
        if (schema is TableSchema table)
            return table.EncodeFeatures(Table.Read("request", new MemoryStream(body)));
        if (schema is TextSchema text)
            return text.EncodeEnd(Encoding.UTF8.GetString(body));
        var image = (ImageSchema)schema;
        var pixels = image.Inputs;
        if (!type.StartsWith("application/octet-stream", StringComparison.Ordinal) || body.Length % pixels != 0)
            throw new OperatorException($"the body is not images of {string.Join(" x ", image.InputShape)}",
                $"send application/octet-stream, {pixels} bytes an image");
        return image.EncodePixels(body);
    }

    private static async Task<byte[]> Read(HttpContext http)
    {
        using var body = new MemoryStream();
        var part = new byte[16_384];
        while (await http.Request.Body.ReadAsync(part, http.RequestAborted) is > 0 and var read)
        {
            body.Write(part, 0, read);
            if (body.Length > BodyBytesMax)
                throw new OperatorException($"the body is longer than {BodyBytesMax} bytes",
                    "for a whole file use: ledger model predict FILE");
        }
        return body.ToArray();
    }
}
