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
    // What a block holds besides evidence, closings and transactions: header, a commit of 100 validators.
    private const int BytesForTheRest = 32 * 1024;

    // How often a proposer whose clock is behind the last block looks again: a clock that was set back may be set
    // right at any time.
    private const ulong ClockCheckMs = 1_000;

    private readonly List<Question> waiting = [];
    private (uint Round, Action<Block> Done)? building;
    private ulong begunAtMs;
    private bool alarmed, awaitsClock;

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
        alarmed = false;
    }

    /// <summary>Looks again at what is waiting: call when transactions, blobs or aggregates have arrived.</summary>
    internal void Proceed()
    {
        foreach (var question in waiting.ToArray())
            if (Judge(question) is { } valid && waiting.Remove(question))
                question.Verdict(valid);
        if (building is not { } order || !IsTime(order.Round) || !IsPastLastBlock())
            return;
        building = null;
        order.Done(Assemble());
    }

    private bool? Judge(Question question)
    {
        question.Follows ??= head.Check(question.Block) == BlockFault.None;
        return question.Follows == true ? JudgeClosings(question.Block) : false;
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

    // Block time goes forward, and nobody takes a block from the future: until our clock is past the last block we have
    // no time to give to the next (cometbft#2521).
    private bool IsPastLastBlock()
    {
        if (clock.WallClockMs > head.State.Time)
            return true;
        var behind = head.State.Time + 1 - clock.WallClockMs;
        if (behind > head.State.Parameters.Precision && !alarmed)
            Log.ClockBehind(behind);
        alarmed |= behind > head.State.Parameters.Precision;
        if (!awaitsClock)
            clock.After(Math.Min(behind, ClockCheckMs), LookAgain);
        awaitsClock = true;
        return false;
    }

    private void LookAgain()
    {
        awaitsClock = false;
        Proceed();
    }

    private Block Assemble()
    {
        var state = head.State;
        var time = clock.WallClockMs;
        ImmutableArray<CloseRound> closings =
            [.. aggregates.Ready(state).Take(Consensus.Codec.Limits.BlockClosingsMax)];
        var begun = Transition.Begin(state, time, self, head.Certificate);
        ImmutableArray<Evidence> evidence = [.. offences.Pick(ref begun)];
        ImmutableArray<SignedTransaction> transactions =
            [.. pool.Pick(Transition.Close(begun, closings), self, RoomBeside(evidence, closings))];
        var header = new Header(
            state.Version, state.ChainId, state.Height + 1, time, state.LastBlock,
            Block.CommitDigest(head.Certificate), Block.RootOf(closings, transactions), Block.RootOf(evidence),
            state.Validators.Digest(), state.NextValidators.Digest(), state.Parameters.Digest(), state.Tree.Root, self);
        return new(header, head.Certificate, evidence, closings, transactions);
    }

    /// <summary>Bytes for transactions in a block that holds these too: the closings of large rounds are tens of
    /// kilobytes each, and a block over the limit is nobody's.</summary>
    internal static int RoomBeside(IEnumerable<Evidence> evidence, IEnumerable<CloseRound> closings) =>
        Consensus.Codec.Limits.BlockBytesMax - BytesForTheRest
        - evidence.Sum(each => each.Encode().Length) - closings.Sum(each => each.Encode().Length);

    /// <summary>A block that is to be judged; whether it follows the tip is found out once.</summary>
    private sealed class Question(Block block, Action<bool> verdict)
    {
        internal Block Block => block;

        internal Action<bool> Verdict => verdict;

        internal bool? Follows { get; set; }
    }
}
