using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;
using Ledger.Node.Overlay;
using static Ledger.Node.Tests.Consensus.Engine.Table;

namespace Ledger.Node.Tests.Consensus.Engine;

/// <summary>
/// B08: three honest validators and an equivocator, round by round. The liar shows the vote that completes a polka to
/// one of them alone and another vote to the rest, so that locks arise that nobody else can see; without certificates
/// the height then never ends (malachite#956, tendermint#1047; neo-modules#792 for B28).
/// </summary>
public class HiddenLockTests
{
    private const uint Rounds = 40;

    [Test]
    public void B08_a_hidden_lock_holds_up_a_height_for_a_few_rounds_at_most()
    {
        var four = new ThreeHonest(showProofs: _ => true);

        Assert.That(four.RoundsUntilDecision(Rounds), Is.InRange(1, 5), "round 0 leaves a lock behind");
        Assert.That(four.Decisions, Is.Unique.And.Count.EqualTo(1));
    }

    [Test]
    public void B28_two_groups_that_are_locked_on_two_blocks_come_together() // neo-modules#780, neo-go#2552
    {
        var four = new ThreeHonest(showProofs: round => round >= 10);

        Assert.That(four.RoundsUntilDecision(Rounds), Is.InRange(10, 16));
        Assert.That(four.LocksSeen, Is.GreaterThan(1), "two blocks were locked");
        Assert.That(four.Decisions, Is.Unique.And.Count.EqualTo(1));
    }

    [Test]
    public void Planted_bug_without_certificates_the_height_never_ends()
    {
        var four = new ThreeHonest(showProofs: _ => false);

        Assert.That(four.RoundsUntilDecision(Rounds), Is.EqualTo(Rounds));
    }

    /// <summary>Seats 0 to 2; seat 3 lies. Everything that the honest say reaches all of them at once.</summary>
    private sealed class ThreeHonest
    {
        private const int Liar = 3;

        private readonly Table[] tables = [.. Enumerable.Range(0, Liar).Select(i => new Table(self: i))];
        private readonly Func<uint, bool> showProofs;
        private readonly HashSet<Ledger.Consensus.Crypto.Digest> locked = [];
        private int blocks = 100;
        private uint round;

        internal ThreeHonest(Func<uint, bool> showProofs)
        {
            this.showProofs = showProofs;
            foreach (var table in tables)
                Perform(table, table.Opening);
        }

        internal List<Ledger.Consensus.Crypto.Digest> Decisions { get; } = [];

        internal int LocksSeen => locked.Count;

        internal uint RoundsUntilDecision(uint limit)
        {
            for (; round < limit && Decisions.Count == 0; round++)
            {
                Lie();
                EndStep(Step.Propose);
                Lie();
                EndStep(Step.Prevote);
                for (var seat = 0; seat < tables.Length; seat++)
                    Say(tables[seat], Vote(VoteKind.Precommit, round, null, Liar));
                Compare();
                EndStep(Step.Precommit);
            }
            return round;
        }

        // A block with two honest prevotes lacks one: the last of the two gets it, everyone else hears nil.
        private void Lie()
        {
            var ballots = tables.Select(t => t.Agreement.Votes.VoteOf(t.Self, round, VoteKind.Prevote)?.Vote).ToList();
            if (ballots.Contains(null))
                return;
            var ballot = ballots.Where(b => b!.Block is not null).GroupBy(b => (b!.Block, b.ValidRound))
                .FirstOrDefault(g => g.Count() == 2)?.Last();
            foreach (var table in tables)
                Say(table, new Input.Voted(new(new(
                    table.Self == ballot?.Validator
                        ? ballot with { Validator = Seat(Liar) }
                        : new(VoteKind.Prevote, Height, round, null, Seat(Liar)), default))));
        }

        private void EndStep(Step step)
        {
            foreach (var table in tables)
                if (!table.State.Decided && table.State.Round == round)
                    Perform(table, table.Timeout(step, round));
        }

        // Each says where it stands and is told what it lacks, as over the wire.
        private void Compare()
        {
            foreach (var table in tables)
                foreach (var other in tables.Where(t => t != table && !t.State.Decided && !table.State.Decided))
                    foreach (var message in VoteRepair.Missing(
                        other.Agreement, table.Validators, VoteRepair.StatusOf(table.Agreement), null).ToList())
                        Hear(table, message);
        }

        private void Hear(Table table, WireMessage message)
        {
            switch (message)
            {
                case WireMessage.Ballot or WireMessage.Ballots:
                    foreach (var vote in message.Votes.Where(v => table.Agreement.Wants(v.Vote)))
                        Say(table, new Input.Voted(new(vote)));
                    break;
                case WireMessage.Offer offer:
                    Say(table, new Input.Proposed(new(offer.Proposal), offer.Proposal.Block.Header.Time));
                    break;
                case WireMessage.Certified proof when showProofs(round) && table.Agreement.Wants(proof.Certificate):
                    Say(table, Certified(proof.Certificate));
                    break;
            }
        }

        private void Say(Table table, Input input) => Perform(table, table.Handle(input));

        private void Perform(Table table, IReadOnlyList<Effect> effects)
        {
            foreach (var effect in effects)
                Perform(table, effect);
            if (table.State.Locked is { } polka)
                locked.Add(polka.Block);
        }

        private void Perform(Table table, Effect effect)
        {
            switch (effect)
            {
                case Effect.Cast(var vote):
                    foreach (var to in tables)
                        Say(to, new Input.Voted(new(new(vote, default))));
                    break;
                case Effect.Propose(var proposal, var block):
                    // In round 0 one of them hears too late of the block: only so can a lock be hidden at all.
                    foreach (var to in tables.Where(t => round > 0 || t != tables[2]))
                        Say(to, new Input.Proposed(new(new(proposal, default, block)), block.Header.Time));
                    break;
                case Effect.Build(_, var built):
                    Say(table, new Input.Built(built, Table.Block(++blocks)));
                    break;
                case Effect.Validate(var block):
                    Say(table, new Input.Validated(block.Id, true));
                    break;
                case Effect.Publish(var certificate):
                    foreach (var to in tables.Where(t => t != table))
                        Hear(to, new WireMessage.Certified(certificate));
                    break;
                case Effect.Decide(var block, _):
                    if (!Decisions.Contains(block.Id))
                        Decisions.Add(block.Id);
                    break;
            }
        }
    }
}
