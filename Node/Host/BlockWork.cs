using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.State;
using Ledger.Node.Pool;

namespace Ledger.Node.Host;

/// <summary>
/// Builds blocks for our turn and checks those of others, without ever making the agreement wait: a block that closes
/// a round is judged when our own aggregation of that round is done, and until then it is neither valid nor invalid.
/// </summary>
internal sealed class BlockWork(
    IClock clock, ChainHead head, Mempool pool, EvidencePool offences, IAggregates aggregates, Address self)
{
    // What a block holds besides evidence and transactions: header, closings, a commit of 100 validators.
    private const int BytesForTheRest = 32 * 1024;

    // Nobody waits this long for one height: by then the block's rounds are over.
    private const ulong LongestWaitMs = 600_000;

    private readonly List<Question> waiting = [];
    private (uint Round, Action<Block> Done)? building;
    private ulong begunAtMs;

    /// <summary>Gives a block as soon as there is something to put in it, an empty one after a while.</summary>
    internal void Build(uint round, Action<Block> done)
    {
        building = (round, done);
        clock.After(head.State.Parameters.BlockInterval, Proceed);
        clock.After(head.State.Parameters.EmptyBlockInterval, Proceed);
        Proceed();
    }

    /// <summary>Says whether a block is valid, now or when the aggregation that it needs is done.</summary>
    internal void Validate(Block block, Action<bool> verdict)
    {
        waiting.Add(new(block, verdict));
        Proceed();
    }

    /// <summary>A new height has begun: nobody asks about the old one any more.</summary>
    internal void Forget()
    {
        waiting.Clear();
        building = null;
        begunAtMs = clock.NowMs;
    }

    /// <summary>Looks again at what is waiting: call when transactions, blobs or aggregates have arrived.</summary>
    internal void Proceed()
    {
        foreach (var question in waiting.ToArray())
            if (Judge(question) is { } valid && waiting.Remove(question))
                question.Verdict(valid);
        if (building is not { } order || !IsTime(order.Round))
            return;
        building = null;
        order.Done(Assemble());
    }

    private bool? Judge(Question question)
    {
        question.Follows ??= head.Check(question.Block) == BlockFault.None;
        if (question.Follows == false)
            return false;
        // Clocks differ, so a block from the future is no fault that validators could agree on: it has to wait, and to
        // call it invalid would set us against a quorum whose clocks are ahead of ours.
        var early = question.Block.Header.Time - Math.Min(question.Block.Header.Time,
            clock.WallClockMs + head.State.Parameters.Precision);
        if (early == 0)
            return JudgeClosings(question.Block);
        if (!question.IsTimed)
            clock.After(Math.Min(early, LongestWaitMs), Proceed);
        question.IsTimed = true;
        return null;
    }

    private bool? JudgeClosings(Block block)
    {
        bool? verdict = true;
        foreach (var closing in block.Closings)
        {
            if (aggregates.Result(closing.Task, closing.Round) is not { } own)
                verdict = null;
            else if (own != closing)
                return false;
        }
        return verdict;
    }

    private bool IsTime(uint round)
    {
        var waited = clock.NowMs - begunAtMs;
        var parameters = head.State.Parameters;
        return waited >= parameters.EmptyBlockInterval
            || waited >= parameters.BlockInterval
                && (round > 0 || pool.Count > 0 || aggregates.Ready(head.State).Any());
    }

    private Block Assemble()
    {
        var state = head.State;
        var time = Math.Max(clock.WallClockMs, state.Time + 1);
        ImmutableArray<CloseRound> closings =
            [.. aggregates.Ready(state).Take(Consensus.Codec.Limits.BlockClosingsMax)];
        var begun = Transition.Begin(state, time, self, head.Certificate);
        ImmutableArray<Evidence> evidence = [.. offences.Pick(ref begun)];
        var room = Consensus.Codec.Limits.BlockBytesMax - BytesForTheRest - evidence.Sum(e => e.Encode().Length);
        ImmutableArray<SignedTransaction> transactions =
            [.. pool.Pick(Transition.Close(begun, closings), self, room)];
        var header = new Header(
            Header.CurrentVersion, state.ChainId, state.Height + 1, time, state.LastBlock,
            Block.CommitDigest(head.Certificate), Block.RootOf(closings, transactions), Block.RootOf(evidence),
            state.Validators.Digest(), state.NextValidators.Digest(), state.Parameters.Digest(),
            StateTree.Root(state), self);
        return new(header, head.Certificate, evidence, closings, transactions);
    }

    /// <summary>A block that is to be judged; whether it follows the tip is found out once.</summary>
    private sealed class Question(Block block, Action<bool> verdict)
    {
        internal Block Block => block;

        internal Action<bool> Verdict => verdict;

        internal bool? Follows { get; set; }

        internal bool IsTimed { get; set; }
    }
}
