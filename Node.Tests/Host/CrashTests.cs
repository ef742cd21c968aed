using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Node.Overlay;
using Ledger.Node.Storage;
using Phases = Ledger.Consensus.Engine.Step;

namespace Ledger.Node.Tests.Host;

/// <summary>
/// A validator that crashes at any byte of its log, and is told other things after its restart, never contradicts what
/// it said before. The rule is a function, so that bugs planted on purpose can show that it notices.
/// </summary>
public class CrashTests
{
    private static readonly Address[] Everyone = [.. Enumerable.Range(0, 4).Select(Testnet.AddressOf)];

    [Test]
    public async Task B11_A_crash_at_any_byte_of_the_log_makes_nobody_sign_two_things()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        var sent = Before(net.Genesis);
        var (locked, synced) = (new HashSet<Polka?>(), 0);

        for (var last = 0; last < sent.Count; last++)
        {
            var (log, guard) = (sent[last].OnDisk.Log, sent[last].OnDisk.Guard);
            if (IsLock(sent[last].Message))
                synced = sent[last - 1].OnDisk.Log.Length;
            var seen = sent.Take(last + 1).Select(s => s.Message).ToList();
            for (var cut = synced; cut <= log.Length; cut += Stride(cut, log.Length))
            {
                var after = After(net.Genesis, new(log[..cut], guard), locked);
                Assert.That(Contradictions([.. seen, .. after]), Is.Empty, $"after message {last}, {cut} bytes of log");
            }
        }

        Assert.That(sent.Select(s => s.Message).OfType<WireMessage.Offer>().Count(), Is.EqualTo(2));
        Assert.That(locked.OfType<Polka>(), Is.Not.Empty, "no restart found a lock: too gentle to prove anything");
    }

    [Test]
    public async Task B12_Planted_bug_a_guard_that_is_lost_is_caught()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        var sent = Before(net.Genesis);

        var after = After(net.Genesis, new([], []), []);

        var found = Contradictions([.. sent.Select(s => s.Message), .. after]);
        Assert.That(found, Has.Some.StartsWith("two votes"));
        Assert.That(found, Has.Some.StartsWith("two proposals"));
    }

    [Test]
    public async Task Planted_bug_a_signature_that_leaves_before_it_is_on_disk_is_caught()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        var sent = Before(net.Genesis);
        var at = sent.FindIndex(s => IsLock(s.Message));

        // As if the precommit had left, and then all was lost that came after the last sync before it.
        var after = After(net.Genesis, sent[at - 1].OnDisk, [], obstinate: false);

        Assert.That(Contradictions([sent[at].Message, .. after]), Has.Some.StartsWith("two votes"));
    }

    [Test]
    public async Task A_lock_that_the_log_has_lost_keeps_the_node_from_voting_on_that_height()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        var sent = Before(net.Genesis);
        using var home = new Tests.Storage.TemporaryDirectory();
        File.WriteAllBytes(home[SignGuard.FileName], sent[^1].OnDisk.Guard);
        var disk = new HomeDisk(home.Path);
        var self = sent.Select(s => s.Message).OfType<WireMessage.Ballot>().First().Vote.Vote.Validator;

        using var guard = SignGuard.Open(disk.Open(SignGuard.FileName), net.Genesis.Digest(), self.Key);
        using var log = VoteLog.Open(disk, self, 1, guard, out var inputs);

        Assert.That(log.IsComplete, Is.False);
        Assert.That(inputs.OfType<Input.Voted>().Count(), Is.EqualTo(guard.Votes(1).Count()).And.Positive);
        log.Begin(2);
        Assert.That(log.IsComplete, Is.True, "the next height is another matter");
    }

    [Test]
    public async Task B13_A_damaged_log_is_begun_anew_and_its_height_followed_without_a_vote()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        var (log, guard) = (Before(net.Genesis)[^1].OnDisk.Log, Before(net.Genesis)[^1].OnDisk.Guard);
        log[log.Length / 3] ^= 0x10;

        using var node = Start(net.Genesis, new(log, guard));

        Assert.That(node.Agreement.State.Locked, Is.Null);
        Assert.That(node.IsComplete, Is.False);
    }

    [Test]
    public async Task A_restart_stands_where_it_stood_with_its_lock()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        using var before = Start(net.Genesis, null);
        Talk(before);
        var state = before.Agreement.State;

        using var after = Start(net.Genesis, before.Stop());

        Assert.That(after.Agreement.State, Is.EqualTo(state));
        Assert.That(state.Locked, Is.Not.Null);
    }

    [Test]
    public async Task A_key_that_signs_elsewhere_too_stops_this_node()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        using var here = Start(net.Genesis, null);
        var elsewhere = Vote(net.Genesis, here.Key, new(VoteKind.Prevote, 1, 2, null, here.Self));

        var stopped = Assert.Throws<StoreException>(() => here.Consenter.Handle(elsewhere));

        Assert.That(stopped.Hint, Does.Contain("runs elsewhere"));
    }

    [Test]
    public async Task A_log_of_another_height_is_begun_anew()
    {
        await using var net = new Testnet(validators: 4, tasks: 0);
        using var home = new Tests.Storage.TemporaryDirectory();
        var disk = new HomeDisk(home.Path);
        using var guard = SignGuard.Open(disk.Open(SignGuard.FileName), net.Genesis.Digest(), Everyone[0].Key);
        VoteLog.Open(disk, Everyone[0], 1, guard, out _).Dispose();
        using (var log = VoteLog.Open(disk, Everyone[0], 5, guard, out var old))
        {
            Assert.That((old.Count, log.IsComplete), Is.EqualTo((0, true)));
            log.Append(new Input.TimedOut(5, 0, Phases.Propose));
        }
        using (VoteLog.Open(disk, Everyone[0], 5, guard, out var same))
            Assert.That(same, Has.Count.EqualTo(1));
        using (VoteLog.Open(disk, Everyone[0], 4, guard, out var older))
            Assert.That(older, Is.Empty);
        using (VoteLog.Open(disk, Everyone[0], 5, guard, out var again))
            Assert.That(again, Has.Count.EqualTo(1), "a height that comes again is taken up where it was left");
    }

    // All that one validator ever let out must not contain two answers to one question, or two offers for one round.
    private static List<string> Contradictions(IReadOnlyList<WireMessage> said)
    {
        var votes = said.SelectMany(m => m.Votes).Select(v => v.Vote).Distinct()
            .CountBy(v => (v.Height, v.Round, v.Kind)).Where(c => c.Value > 1).Select(c => $"two votes: {c.Key}");
        var offers = said.OfType<WireMessage.Offer>().Select(o => o.Proposal.Proposal).Distinct()
            .CountBy(p => (p.Height, p.Round)).Where(c => c.Value > 1).Select(c => $"two proposals: {c.Key}");
        return [.. votes, .. offers];
    }

    // Every byte around the ends of records would take minutes; a prime stride visits all kinds of places.
    private static int Stride(int cut, int length) => cut + 251 > length && cut < length ? length - cut : 251;

    private static bool IsLock(WireMessage message) =>
        message is WireMessage.Ballot { Vote.Vote: { Kind: VoteKind.Precommit, Block: not null } };

    private static List<(WireMessage Message, Remains OnDisk)> Before(Genesis genesis)
    {
        using var node = Start(genesis, null);
        Talk(node);
        return node.Sent;
    }

    private static List<WireMessage> After(
        Genesis genesis, Remains remains, HashSet<Polka?> locked, bool obstinate = true)
    {
        using var node = Start(genesis, remains);
        locked.Add(node.Agreement.State.Locked);
        if (obstinate)
            Talk(node);
        for (var round = 0U; round < 6; round++)
            foreach (var step in (Phases[])[Phases.Propose, Phases.Prevote,
                Phases.Precommit])
            {
                foreach (var other in Others(node))
                    node.Consenter.Handle(Vote(genesis, other, new(VoteKind.Prevote, 1, round, null, Of(other))));
                node.Consenter.Handle(new Input.TimedOut(1, round, step));
            }
        return [.. node.Sent.Select(s => s.Message)];
    }

    // The node proposes, sees a polka, locks, loses the round, and proposes the same block again four rounds later.
    private static void Talk(Workbench node)
    {
        var block = node.Agreement.Proposals(0) is [var own, ..] ? own.Proposal.Block : Some.Digest(7);
        foreach (var other in Others(node).Take(2))
            node.Consenter.Handle(Vote(node, other, new(VoteKind.Prevote, 1, 0, block, Of(other))));
        for (var round = 0U; round < 4; round++)
        {
            node.Consenter.Handle(new Input.TimedOut(1, round, Phases.Propose));
            foreach (var other in Others(node))
                node.Consenter.Handle(Vote(node, other, new(VoteKind.Prevote, 1, round, null, Of(other))));
            foreach (var other in Others(node))
                node.Consenter.Handle(Vote(node, other, new(VoteKind.Precommit, 1, round, null, Of(other))));
            node.Consenter.Handle(new Input.TimedOut(1, round, Phases.Precommit));
        }
    }

    private static Workbench Start(Genesis genesis, Remains? remains)
    {
        var proposer = Proposers.Proposer(Ledger.Consensus.State.FirstState.From(genesis).Validators, 0);
        var node = new Workbench(genesis, Array.IndexOf(Everyone, proposer), remains: remains);
        node.Resume();
        return node;
    }

    private static IEnumerable<SecretKey> Others(Workbench node) =>
        Enumerable.Range(0, 4).Select(i => Some.Key(1 + i)).Where(k => Of(k) != node.Self);

    private static Address Of(SecretKey key) => new(key.PublicKey);

    private static Input.Voted Vote(Workbench node, SecretKey key, Vote vote) => Vote(node.State.ChainId, key, vote);

    private static Input.Voted Vote(Genesis genesis, SecretKey key, Vote vote) => Vote(genesis.Digest(), key, vote);

    private static Input.Voted Vote(Digest chain, SecretKey key, Vote vote) =>
        new(Verifier.Check(chain, new SignedVote(vote, key.Sign(vote.SigningDigest(chain))))!);
}
