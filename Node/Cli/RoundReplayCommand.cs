using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Rounds;
using Ledger.Node.Http;
using Ledger.Node.Training;

namespace Ledger.Node.Cli;

/// <summary><c>ledger round replay</c>: computes a past round again from the updates and roots that the chain names,
/// and compares. Blobs are checked by their digest: the node that gives them need not be trusted with them.</summary>
internal static class RoundReplayCommand
{
    internal static Command Create(Terminal terminal, Argument<uint?> number)
    {
        var command = new LedgerCommand("replay", "compute a past round again and compare",
            "ledger round replay 3", "ledger round replay --json")
        {
            number, SharedOptions.Task, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, parsed.GetValue(number), stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, uint? number, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var task = await RunningNode.TaskOf(node, parsed, stop);
        var round = CanonicalModel.RoundOf(task, number);
        if (round.Number == 0)
            throw new OperatorException("round 0 is the start: there is nothing to compute", "name a round from 1");
        var before = task.Results[(int)round.Number - 1];
        var replay = round.Paid.Count == 0
            ? new ReplayView(round.Number, 0, 0, 0, round.Parameters, Same(round.Parameters == before.Parameters))
            : await Replay(node, task, before, round, stop);
        terminal.Result(parsed.IsJson(), replay, replay.Text());
        return replay.Agrees ? ExitCode.Done : ExitCode.Failed;
    }

    private static List<string> Same(bool kept) =>
        kept ? [] : ["too few updates were available, and the parameters are not those of before"];

    private static async Task<ReplayView> Replay(
        NodeClient node, TaskView task, RoundView before, RoundView round, CancellationToken stop)
    {
        var inputs = InputsOf(task, before, round);
        var blobs = new Dictionary<Digest, byte[]>();
        foreach (var id in inputs.All)
            blobs[id] = await CanonicalModel.Checked(node, id.ToString(), stop);
        var clock = Stopwatch.StartNew();
        var count = Parameters.CountIn(blobs[inputs.Parameters]);
        var (input, bytes) = inputs.Load(CanonicalModel.RecipeOf(task), count, blobs.GetValueOrDefault)
            ?? throw new OperatorException($"a blob of round {round.Number} is not an update of this task",
                "the node's state is damaged, or it is of another version");
        var closing = inputs.Close(DigestOf(task.Id), round.Number, RoundClosing.Close(input), bytes,
            blob => Digest.OfBlob(blob));
        return new(round.Number, input.Updates.Count, input.Roots.Count, Math.Round(clock.Elapsed.TotalSeconds, 3),
            closing.Parameters.ToString(), Differences(round, closing));
    }

    internal static IReadOnlyList<string> Differences(RoundView said, CloseRound computed)
    {
        var differences = new List<string>();
        Compare("parameters", said.Parameters, computed.Parameters.ToString());
        Compare("exponent", $"{said.Exponent}", $"{computed.Exponent}");
        Compare("server state", said.Server, computed.Server.ToString());
        Compare("bytes", $"{said.Bytes}", $"{computed.Bytes}");
        foreach (var (paid, verdict) in said.Paid.Zip(computed.Verdicts))
            Compare($"verdict on {paid.Contributor}", $"{paid.Outcome}, merit {paid.Merit}, shares {paid.Shares}, "
                + $"norm {paid.Norm}",
                $"{ViewOf.Outcome(verdict)}, merit {verdict.Merit}, shares {verdict.Shares}, "
                + $"norm {ViewOf.Norm(verdict)}");
        foreach (var (root, cosines) in said.Roots.Zip(computed.Cosines.Chunk(Math.Max(1, said.Paid.Count))))
            Compare($"cosines of {root.Scorer}", string.Join(' ', root.Cosines),
                string.Join(' ', ViewOf.Cosines(cosines)));
        return differences;

        void Compare(string what, string onChain, string again)
        {
            if (onChain != again)
                differences.Add($"{what}: the chain says {onChain}, computed {again}");
        }
    }

    private static RoundBlobs InputsOf(TaskView task, RoundView before, RoundView round) => new(
        DigestOf(before.Parameters), (int)before.Exponent, DigestOf(before.Server), DigestOf(round.Lot),
        [
            .. round.Paid.OrderBy(paid => paid.Order)
                .Select(paid => (ReadRoutes.AddressIn(paid.Contributor), DigestOf(paid.Blob))),
        ],
        [.. round.Roots.Select(root => (DigestOf(root.Blob), root.Weight))], (int)task.MinContributors);

    private static Digest DigestOf(string text) => Digest.TryParse(text, out var digest)
        ? digest.Value
        : throw new OperatorException($"the node says '{text}' where a digest is due", "is it of another version?");
}

/// <summary>A round computed again; <paramref name="Differences"/> is empty where all is as the chain says.</summary>
internal sealed record ReplayView(
    uint Round, int Updates, int Roots, double Seconds, string Parameters, IReadOnlyList<string> Differences)
{
    public bool Agrees => Differences.Count == 0;

    internal string Text() => Agrees
        ? string.Create(CultureInfo.InvariantCulture,
            $"round {Round}: computed again from {Updates} updates and {Roots} roots in {Seconds:0.000} s\n")
            + $"the same parameters, to the bit: {Parameters}"
        : $"round {Round}: NOT what the chain says\n{string.Join('\n', Differences)}";
}
