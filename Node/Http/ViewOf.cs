using System.Globalization;
using System.Text;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Host;

namespace Ledger.Node.Http;

/// <summary>Views as functions of the node's values; nothing here waits or changes anything.</summary>
internal static class ViewOf
{
    internal static StatusView Status(NodeSnapshot node, ulong nowMs) => new(
        node.Genesis.Name, node.State.ChainId.ToString(), node.Address.ToString(), node.PeerId.ToString(),
        node.Listen.ToString(), Health.Of(node, nowMs), Health.IsSyncing(node), node.State.Height,
        node.State.LastBlock.ToString(), node.State.Time,
        node.CommittedAtMs == 0 ? null : Health.Age(node, nowMs), node.Round, Kebab(node.Step.ToString()),
        node.BestPeerHeight, node.Peers.Length, node.PoolTransactions, node.BytesIn, node.BytesOut, node.Syncs,
        node.Training is { } t ? new(t.Task.ToString(), t.Round, t.Activity, t.Progress, t.Of) : null,
        node.State.Validators.Validators.Length, Those(node.State, standing => standing.JailedUntil is not null),
        Those(node.State, standing => standing.Tombstoned), Stall(node, nowMs))
    {
        StopsBefore = node.State.Scheduled is { Version: > Header.NewestVersion } newer ? newer.Height : null,
        Downloads =
        [
            .. node.Downloads.Select(d => new DownloadView(d.Id.ToString(), d.BytesHere, d.Length, d.Sources)),
        ],
    };

    private static StallView? Stall(NodeSnapshot node, ulong nowMs)
    {
        if (Health.Of(node, nowMs) is not (Health.Halted or Health.Slow))
            return null;
        var validators = node.State.Validators;
        var silent = node.Silent.Aggregate(0UL, (sum, address) => sum + (validators.StakeOf(address) ?? 0));
        return new(validators.TotalStake - silent, validators.Quorum, validators.TotalStake,
            [.. node.Silent.Select(address => address.ToString())]);
    }

    internal static PeerView[] Peers(NodeSnapshot node) => [.. node.Peers.Select(peer => new PeerView(
        peer.Id.ToString(), peer.Address.ToString(), peer.Inbound, peer.Height, peer.RoundTripMs, peer.ConnectedMs,
        peer.BytesIn, peer.BytesOut, peer.PacketsLost))];

    internal static ValidatorView[] Validators(NodeSnapshot node) =>
        [.. node.State.Validators.Validators.Select(validator =>
        {
            var standing = node.State.StandingOf(validator.Address);
            return new ValidatorView(validator.Address.ToString(), validator.Stake, standing.Missed,
                standing.JailedUntil, standing.Tombstoned, node.Silent.Contains(validator.Address));
        })];

    internal static AccountView Account(ChainState state, Address address)
    {
        var account = state.AccountOf(address);
        var standing = state.StandingOf(address);
        var unbonding = state.Unbondings.Where(each => each.Key.Owner == address)
            .Aggregate(0UL, (sum, each) => sum + each.Value);
        var power = state.Validators.StakeOf(address);
        return new(address.ToString(), account.Balance, account.Stake, account.Nonce, power is not null, power ?? 0,
            unbonding, standing.Missed, standing.JailedUntil, standing.Tombstoned)
        {
            RotatedTo = state.Rotations.TryGetValue(address, out var rotation) ? rotation.To.ToString() : null,
        };
    }

    internal static TaskSummary Summary(LearningTask task)
    {
        var judged = task.Results.LastOrDefault(result => result.Evaluations.Count > 0) is { } newest
            ? Judged(newest)
            : default;
        return new(
            task.Id.ToString(), task.Spec.Name, Kebab(task.Round.Phase.ToString()), task.Round.Number,
            task.Spec.Rounds, task.Shards.Count, task.Round.Parameters.ToString(),
            judged.Accuracy, judged.Loss);
    }

    internal static TaskView Task(LearningTask task, IEnumerable<RoundResult> results) => new(
        task.Id.ToString(), task.Spec.Name, task.Owner.ToString(), Kebab(task.Round.Phase.ToString()),
        task.Round.Number,
        task.Spec.Rounds, task.Round.Deadline, task.Pool, task.Spec.Reward, task.Spec.Deposit,
        task.Spec.MinContributors, task.Spec.FractionTrain / (double)TaskSpec.FractionTrainMax, task.Spec.Patience,
        task.Spec.Model.ToString(), task.Round.Parameters.ToString(), task.Round.Exponent, task.Spec.Recipe,
        [.. task.Shards.Select(shard => Contributor(task, shard.Key, shard.Value))],
        [.. results.Select(Round)]);

    internal static RoundView Round(RoundResult result)
    {
        var judged = Judged(result);
        var evaluations = result.Evaluations.Select(e =>
            new EvaluationView(e.Key.ToString(), e.Value.Correct, e.Value.Total, Loss(e.Value.Loss))).ToArray();
        return new(result.Number, result.Height, result.Time, result.Parameters.ToString(), result.Exponent,
            result.Committed, result.Revealed, result.Bytes,
            [.. result.Paid.Select(Payment)],
            judged.Correct, judged.Total, judged.Accuracy, judged.Loss,
            evaluations,
            Roots(result),
            result.Lot.ToString(), result.Server.ToString());
    }

    private static Judgement Judged(RoundResult result)
    {
        var (correct, total, loss) = (0UL, 0UL, 0.0);
        foreach (var (_, each) in result.Evaluations)
            (correct, total, loss) =
                (correct + each.Correct, total + each.Total, loss + (double)each.Loss * each.Total);
        return total == 0 ? default : new(correct, total, correct / (double)total, Loss(loss / total));
    }

    // All that contributors counted on the rows that they hold out.
    private readonly record struct Judgement(ulong Correct, ulong Total, double? Accuracy, double? Loss);

    private static RootView[] Roots(RoundResult result)
    {
        var cosines = result.Cosines.Chunk(Math.Max(1, result.Paid.Length)).Select(Cosines).ToArray();
        var sums = result.Paid.Select((_, i) => cosines.Sum(row => row[i])).ToArray();
        return [.. result.Roots.Select((root, s) => new RootView(root.Scorer.ToString(), root.Weight,
            root.Blob.ToString(), cosines.ElementAtOrDefault(s) ?? [],
            cosines.Length < 2 ? null : Agreement(cosines[s], sums)))];
    }

    /// <summary>To two places: the chain keeps 1/127.</summary>
    internal static double[] Cosines(IEnumerable<sbyte> cosines) =>
        [.. cosines.Select(cosine => Math.Round(cosine / (double)CloseRound.CosineOne, 2))];

    // The others' sum points where their mean does.
    private static double Agreement(double[] row, double[] sums)
    {
        var (dot, own, others) = (0.0, 0.0, 0.0);
        foreach (var (one, sum) in row.Zip(sums))
            (dot, own, others) = (dot + one * (sum - one), own + one * one, others + (sum - one) * (sum - one));
        return own * others == 0 ? 0 : Math.Round(dot / Math.Sqrt(own * others), 2);
    }

    private static double Loss(double fixedPoint) => fixedPoint / Evaluation.LossOne;

    private static PaymentView Payment(Payment paid) => new(
        paid.Contributor.ToString(), paid.Reward, Outcome(paid.Verdict),
        paid.Verdict.Score == 0 ? null : paid.Verdict.Score / (double)Verdict.ScoreMax,
        paid.Verdict.Shares, paid.Verdict.Merit, Norm(paid.Verdict), paid.Blob.ToString(), paid.Order);

    /// <summary>How long an update was; the round's median is 1.</summary>
    internal static double Norm(Verdict verdict) => verdict.Norm / (double)Verdict.NormOne;

    internal static string Outcome(Verdict verdict) => Kebab(((Learning.Rounds.Outcome)verdict.Outcome).ToString());

    internal static ShardView[] Shards(NodeSnapshot node) => [.. node.Shards.Select(shard => new ShardView(
        shard.Task.ToString(), node.State.Tasks.GetValueOrDefault(shard.Task)?.Spec.Name, shard.Source,
        shard.Terms, shard.Root.ToString(), shard.Rows, shard.Validation, shard.HeldOut))];

    internal static BlockView Block(Digest chain, Block block, CommitCertificate certificate) => new(
        block.Header.Height, block.Id.ToString(), block.Header.Time, block.Header.Proposer.ToString(),
        block.Header.PreviousBlock.ToString(), block.Header.StateRoot.ToString(), certificate.Round,
        certificate.Signatures.Length, block.Encoded.Length,
        [.. block.Closings.Select(c =>
            new ClosingView(c.Task.ToString(), c.Round, c.Parameters.ToString(), c.Exponent))],
        [.. block.Transactions.Select(signed => Transaction(chain, signed.Body))]);

    internal static SubmissionView Submission(Submission submission) =>
        new(submission.Transaction.ToString(), submission.Height,
            submission.Refused is { } rule ? Kebab(rule).Replace('-', ' ') : null);

    private static string[] Those(ChainState state, Func<Standing, bool> like) =>
        [.. state.Standings.Where(each => like(each.Value)).Select(each => each.Key.ToString())];

    private static ContributorView Contributor(LearningTask task, Address address, Shard shard)
    {
        var contribution = task.Round.Contributions.GetValueOrDefault(address);
        return new(address.ToString(), shard.Rows, shard.Validation, shard.HeldOut, shard.Active,
            contribution is not null, contribution?.Blob is not null, Sampling.Takes(task, address), shard.Terms);
    }

    private static TransactionView Transaction(Digest chain, Transaction body) => new(
        body.Id(chain).ToString(), body.Sender.ToString(), body.Nonce, body.Fee,
        Kebab(body.Payload.GetType().Name), Says(body.Payload));

    private static string Says(Payload payload) => payload switch
    {
        Payload.Transfer p => $"{p.Amount} to {p.To}",
        Payload.Stake p => $"{p.Amount}",
        Payload.Unstake p => $"{p.Amount}",
        Payload.RotateKey p => $"to {p.To}",
        Payload.CreateTask p => $"'{p.Spec.Name}', {p.Spec.Rounds} rounds",
        Payload.SubmitShard p =>
            $"task {p.Task.Short}: {p.Rows} rows, {p.Validation} for validation, {p.HeldOut} held out"
            + (p.Terms.Length > 0 ? $", terms '{p.Terms}'" : ""),
        Payload.WithdrawShard p => $"task {p.Task.Short}",
        Payload.Amend p => $"version {p.Amendment.Version}, parameters {p.Amendment.Parameters.Digest().Short} "
            + $"from block {p.Amendment.Height} on",
        Payload.CommitUpdate p => $"task {p.Task.Short} round {p.Round}: commitment {p.Commitment.Short}",
        Payload.RevealUpdate p => $"task {p.Task.Short} round {p.Round}: blob {p.Blob.Short}",
        Payload.Attest p => $"task {p.Task.Short} round {p.Round}: holds {p.Held.Length} and {p.Roots.Length} roots",
        Payload.CommitRoot p => $"task {p.Task.Short} round {p.Round}: commitment {p.Commitment.Short}",
        Payload.RevealRoot p => $"task {p.Task.Short} round {p.Round}: blob {p.Blob.Short}",
        Payload.Evaluate p => string.Create(CultureInfo.InvariantCulture,
            $"task {p.Task.Short} round {p.Round}: {p.Correct} of {p.Total} right"),
        _ => "",
    };

    // CommitUpdate is commit-update to a reader of JSON.
    private static string Kebab(string name)
    {
        var text = new StringBuilder();
        foreach (var letter in name)
            (char.IsUpper(letter) && text.Length > 0 ? text.Append('-') : text).Append(char.ToLowerInvariant(letter));
        return text.ToString();
    }
}
