using Ledger.Node.Host;
using Ledger.Node.Tests.Overlay;

namespace Ledger.Node.Tests.Host;

/// <summary>How much a peer can make us send by asking.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class AnswerBudgetTests
{
    private static readonly Ledger.Consensus.Crypto.PeerId Peer = SomeMessages.Peer(1), Other = SomeMessages.Peer(2);

    private readonly AnswerBudget budget = new();

    private int Answers(int bytes, ulong nowMs)
    {
        var count = 0;
        for (; count <= AnswerBudget.BurstBytes / AnswerBudget.LeastBytes && budget.Allows(Peer, nowMs); count++)
            budget.Spend(Peer, bytes, nowMs);
        return count;
    }

    [Test]
    public void After_a_burst_a_peer_waits_until_what_it_was_sent_is_paid_off()
    {
        Assert.That(Answers(1 << 20, 0), Is.EqualTo(AnswerBudget.BurstBytes >> 20));

        Assert.That(budget.Allows(Peer, 0), Is.False);
        Assert.That(Answers(1 << 20, 1_000), Is.EqualTo(AnswerBudget.BurstBytes >> 20), "a second pays for 32 MiB");
    }

    [Test]
    public void Who_was_silent_for_long_may_ask_for_a_burst_and_not_for_more()
    {
        budget.Spend(Peer, 1, 0);

        Assert.That(Answers(1 << 20, 3_600_000), Is.EqualTo(AnswerBudget.BurstBytes >> 20));
    }

    [Test]
    public void Even_an_empty_answer_costs_something()
    {
        Assert.That(Answers(0, 0), Is.EqualTo(AnswerBudget.BurstBytes / AnswerBudget.LeastBytes));
    }

    [Test]
    public void What_one_peer_asks_for_is_not_taken_from_another()
    {
        Answers(1 << 20, 0);

        Assert.That(budget.Allows(Other, 0));
    }
}
