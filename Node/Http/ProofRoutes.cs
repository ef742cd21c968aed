using System.Globalization;
using Ledger.Consensus.Light;
using Ledger.Node.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Node.Http;

/// <summary>The routes that give proof files: bytes for <c>ledger chain verify</c>.</summary>
internal static class ProofRoutes
{
    internal delegate ProofFile Prove(ProofSubject subject, ulong? since);

    internal static void Map(IEndpointRouteBuilder routes, Func<NodeSnapshot> snapshot, Prove prove)
    {
        routes.MapGet("/proofs/account/{address}", (string address, ulong? since) =>
                File(prove(new ProofSubject.OfAccount(ReadRoutes.AddressIn(address)), since)))
            .WithSummary("proof of what an address owns").ProducesBytes();
        routes.MapGet("/proofs/task/{task}", (string task, ulong? since) =>
                File(prove(new ProofSubject.OfTask(TaskLookup.Find(snapshot().State, task).Id), since)))
            .WithSummary("proof of a task").ProducesBytes();
        routes.MapGet("/proofs/model/{task}/{round}", (string task, string round, ulong? since) =>
                File(prove(ModelOf(snapshot(), task, round), since)))
            .WithSummary("proof of the parameters that a round made canonical").ProducesBytes();
        routes.MapGet("/proofs/validators", (ulong? since) => File(prove(new ProofSubject.OfValidators(), since)))
            .WithSummary("proof of who votes").ProducesBytes();
    }

    private static ProofSubject.OfModel ModelOf(NodeSnapshot node, string text, string round)
    {
        var task = TaskLookup.Find(node.State, text);
        return uint.TryParse(round, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= task.Results[^1].Number
            ? new(task.Id, number)
            : throw new OperatorException($"round {round} of task '{task.Spec.Name}' is not done",
                $"the newest is round {task.Results[^1].Number}");
    }

    private static IResult File(ProofFile file) => Results.Bytes(file.Encode());
}
