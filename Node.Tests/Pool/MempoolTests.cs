using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;
using Ledger.Node.Pool;
using Ledger.Node.Tests.Consensus.State;

namespace Ledger.Node.Tests.Pool;

/// <summary>What waits for a block: bounded, in order, fair.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class MempoolTests
{
    private readonly SomeChain chain = new();
    private Mempool pool = new();

    private Verified<SignedTransaction> Pay(int from, ulong ahead = 0, ulong fee = 1, ulong amount = 5) =>
        Verifier.Check(
            chain.State.ChainId, chain.From(from, new Payload.Transfer(chain.Who(7), amount), fee, ahead))!;

    private Rejection Add(Verified<SignedTransaction> transaction) => pool.Add(transaction, chain.State);

    private List<(int Sender, ulong Nonce)> Pick(int maxBytes = 1 << 20) =>
    [
        .. pool.Pick(chain.Begin(after: 1), chain.Who(0), maxBytes)
            .Select(t => (Enumerable.Range(0, 8).Single(i => chain.Who(i) == t.Body.Sender), t.Body.Nonce)),
    ];

    [Test]
    public void Each_reason_to_refuse_is_told()
    {
        Assert.That(Add(Pay(1)), Is.EqualTo(Rejection.None));
        Assert.That(Add(Pay(1)), Is.EqualTo(Rejection.WrongNonce), "a duplicate");
        Assert.That(Add(Pay(1, fee: 0, ahead: 1)), Is.EqualTo(Rejection.FeeTooLow));
        Assert.That(Add(Pay(1, ahead: OverlayLimits.PoolPerSenderMax)), Is.EqualTo(Rejection.NonceTooFarAhead));
        Assert.That(Add(Pay(1, ahead: 1, amount: 100_000)), Is.EqualTo(Rejection.InsufficientFunds));
        Assert.That(Add(Pay(7)), Is.EqualTo(Rejection.InsufficientFunds));
        chain.Next(Pay(2).Value);
        var stake = new Transaction(chain.Who(2), 0, 1, new Payload.Stake(1)).Sign(chain.State.ChainId, chain.Keys[2]);
        Assert.That(Add(Verifier.Check(chain.State.ChainId, stake)!), Is.EqualTo(Rejection.WrongNonce));
    }

    [Test]
    public void Senders_take_turns_and_nonces_keep_their_order()
    {
        foreach (var ahead in new ulong[] { 2, 0, 1 })
            Add(Pay(1, ahead));
        Add(Pay(2));
        Add(Pay(3, fee: 9));

        Assert.That(Pick(), Is.EqualTo(new[] { (3, 0UL), (1, 0UL), (2, 0UL), (1, 1UL), (1, 2UL) }));
    }

    [Test]
    public void What_is_picked_makes_a_block_that_applies()
    {
        for (var i = 0; i < 7; i++)
            for (ulong n = 0; n < 5; n++)
                Add(Pay(i, n, fee: 1 + (ulong)i));
        var picked = pool.Pick(chain.Begin(after: 10),
            chain.State.Validators.Validators[0].Address, 1 << 20);

        Assert.That(picked, Has.Length.EqualTo(35));
        Assert.That(chain.Fault(chain.Build(picked)), Is.EqualTo(BlockFault.None));
    }

    [Test]
    public void A_picked_block_keeps_to_its_bytes()
    {
        for (ulong n = 0; n < 5; n++)
            Add(Pay(1, n));
        var one = Pay(1).Value.Encode().Length;

        Assert.That(Pick(maxBytes: 3 * (one + 5)), Has.Count.EqualTo(3));
        Assert.That(Pick(maxBytes: one), Is.Empty);
    }

    [Test]
    public void Behind_a_gap_nothing_is_picked_until_the_gap_is_filled()
    {
        Add(Pay(1, ahead: 1));
        Assert.That(Pick(), Is.Empty);
        Assert.That(pool.NextNonce(chain.Who(1), chain.State), Is.Zero);
        Assert.That(pool.Recheck(chain.State, []), Is.Empty);

        Add(Pay(1));
        Assert.That(Pick(), Has.Count.EqualTo(2));
        Assert.That(pool.NextNonce(chain.Who(1), chain.State), Is.EqualTo(2));
    }

    [Test]
    public void After_a_block_the_included_and_the_impossible_are_dropped_each_with_its_reason()
    {
        var included = Pay(1);
        Add(included);
        Add(Pay(2));
        Add(Pay(3, amount: 99_000));
        Add(Pay(3, ahead: 1));
        var rival = chain.From(2, new Payload.Transfer(chain.Who(0), 7));
        chain.Next(included.Value, rival);

        var dropped = pool.Recheck(chain.State, [included.Value, rival]);
        Assert.That(dropped.Select(d => (d.Transaction.Value.Body.Sender, d.Why)),
            Is.EquivalentTo(new[] { (chain.Who(1), Rejection.None), (chain.Who(2), Rejection.WrongNonce) }));
        var poorer = chain.State.With(chain.Who(3), chain.State.AccountOf(chain.Who(3)) with { Balance = 100 });
        var spent = new Transaction(chain.Who(3), 9, 1, new Payload.Stake(1)).Sign(chain.State.ChainId, chain.Keys[3]);
        Assert.That(pool.Recheck(poorer, [spent]).Select(d => (d.Transaction.Value.Body.Nonce, d.Why)),
            Is.EqualTo(new[] { (0UL, Rejection.InsufficientFunds) }));
        Assert.That(pool.All.Select(t => t.Value.Body.Nonce), Is.EqualTo(new[] { 1UL }), "the later nonce waits");
        Assert.That(Pick(), Is.Empty);
    }

    [Test]
    public void A_full_pool_takes_only_what_pays_more_and_never_grows()
    {
        pool = new(countMax: 10);
        for (ulong n = 0; n < 10; n++)
            Assert.That(Add(Pay(1, n, fee: 2)), Is.EqualTo(Rejection.None));

        Assert.That(Add(Pay(2, fee: 2)), Is.EqualTo(Rejection.FeeTooLow));
        Assert.That(Add(Pay(2, fee: 3)), Is.EqualTo(Rejection.None));
        Assert.That(pool.Count, Is.EqualTo(10));
        Assert.That(pool.NextNonce(chain.Who(1), chain.State), Is.EqualTo(9), "no gap is opened");
    }

    [Test]
    public void A_block_costs_a_look_at_its_own_senders_and_at_what_is_more_than_a_transfer()
    {
        Add(Pay(1));
        var shard = new Payload.SubmitShard(Some.Digest(99), Some.Digest(1), default, 5, 1, 1);
        pool.Add(Verifier.Check(chain.State.ChainId, chain.From(2, shard))!, chain.State);
        var poorer = chain.State.With(chain.Who(1), chain.State.AccountOf(chain.Who(1)) with { Balance = 1 });

        Assert.That(pool.Recheck(poorer, []).Select(d => d.Why), Is.EqualTo(new[] { Rejection.UnknownTask }));
        Assert.That(pool.Recheck(poorer, [Pay(1, ahead: 7).Value]).Select(d => d.Why),
            Is.EqualTo(new[] { Rejection.InsufficientFunds }));
    }

    [Test]
    public void What_was_too_little_for_a_full_pool_is_enough_once_there_is_room()
    {
        pool = new(countMax: 2);
        Add(Pay(1, fee: 2));
        Add(Pay(2, fee: 2));
        Assert.That(Add(Pay(3, fee: 2)), Is.EqualTo(Rejection.FeeTooLow));
        Assert.That(Add(Pay(4, fee: 2)), Is.EqualTo(Rejection.FeeTooLow));

        pool.Recheck(chain.State, [Pay(1, fee: 2).Value]);

        Assert.That(Add(Pay(4, fee: 2)), Is.EqualTo(Rejection.None));
    }

    [Test]
    public void What_can_never_run_gives_way_to_what_can()
    {
        pool = new(countMax: 10);
        for (ulong n = 1; n <= 10; n++)
            Add(Pay(1, n, fee: 100));

        Assert.That(Add(Pay(2, fee: 1)), Is.EqualTo(Rejection.None));
        Assert.That(Pick(), Is.EqualTo(new[] { (2, 0UL) }));
    }

    [Test]
    public void Bytes_are_counted_and_bounded()
    {
        var one = Pay(1).Value.Encode().Length;
        pool = new(bytesMax: 3 * one + 1);
        for (ulong n = 0; n < 10; n++)
            Add(Pay(1, n));
        Assert.That((pool.Count, pool.Bytes), Is.EqualTo((3, 3 * one)));

        var picked = pool.Pick(chain.State, chain.Who(0), 1 << 20);
        chain.Next([.. picked]);
        pool.Recheck(chain.State, picked);
        Assert.That((pool.Count, pool.Bytes), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Twice_the_fee_replaces_a_pending_nonce()
    {
        Add(Pay(1, fee: 5));

        Assert.That(Add(Pay(1, fee: 9, amount: 6)), Is.EqualTo(Rejection.WrongNonce));
        Assert.That(Add(Pay(1, fee: 10, amount: 7)), Is.EqualTo(Rejection.None));
        Assert.That(pool.All.Single().Value.Body.Fee, Is.EqualTo(10));
    }
}
