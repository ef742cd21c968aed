using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>Who may draw, may not choose: the lots of a task come from what contributors had to fix before.</summary>
public class LotsTests
{
    [Test]
    public void Whoever_proposes_has_no_say_in_what_is_drawn()
    {
        // The same openings, in other blocks, in another order, at other times, beside other transactions.
        var (together, apart) = (Revealing(), Revealing());
        together.Next(together.From(4, together.Opening(4)), together.From(5, together.Opening(5)));
        apart.Next(apart.From(5, apart.Opening(5)));
        apart.Wait(77);
        apart.Next(apart.From(6, new Payload.Transfer(apart.Who(1), 5)), apart.From(4, apart.Opening(4)));

        Finish(together);
        Finish(apart);

        Assert.That(together.State.Beacon, Is.Not.EqualTo(apart.State.Beacon), "the blocks do differ");
        Assert.That(Lot(together), Is.EqualTo(Lot(apart)));
        Assert.That(together.Round.Draw, Is.EqualTo(Lot(together)), "the next round draws from it");
    }

    [Test]
    public void Whoever_holds_its_opening_back_gets_another_lot_and_pays_its_deposit()
    {
        var (open, held) = (Revealing(), Revealing());
        var before = held.State.AccountOf(held.Who(5)).Balance;
        open.Next(open.From(4, open.Opening(4)), open.From(5, open.Opening(5)));
        held.Next(held.From(4, held.Opening(4)));
        held.Wait(SomeChain.Window);
        Finish(open);
        Finish(held, 4);

        Assert.That(Lot(held), Is.Not.EqualTo(Lot(open)));
        Assert.That(held.State.AccountOf(held.Who(5)).Balance, Is.EqualTo(before), "the deposit is gone");
    }

    [Test]
    public void A_restart_between_two_openings_changes_nothing()
    {
        var (steady, restarted) = (Revealing(), Revealing());
        foreach (var chain in new[] { steady, restarted })
            chain.Next(chain.From(4, chain.Opening(4)));
        restarted.State = restarted.Restarted()!;
        foreach (var chain in new[] { steady, restarted })
        {
            chain.Next(chain.From(5, chain.Opening(5)));
            Finish(chain);
        }
        Assert.That(Lot(restarted), Is.EqualTo(Lot(steady)));
    }

    // Three have data, and two are drawn: 4 and 5 have what they need in any case.
    private static SomeChain Revealing()
    {
        var chain = new SomeChain(with: spec => spec with { FractionTrain = 500 });
        chain.Next(chain.From(4, chain.Shard()), chain.From(5, chain.Shard()));
        chain.Next(chain.From(4, chain.Promise(4)), chain.From(5, chain.Promise(5)));
        chain.Next(chain.From(6, chain.Shard()));
        Assert.That(chain.Round.Phase, Is.EqualTo(Phase.Reveal));
        return chain;
    }

    private static void Finish(SomeChain chain, params int[] who)
    {
        chain.Reach(Phase.Close, who.Length == 0 ? [4, 5] : who);
        chain.Close(who.Length == 1 ? chain.CarryOver() : chain.Closing());
    }

    private static Digest Lot(SomeChain chain) => chain.State.Tasks[chain.Task].Results[^1].Lot;
}
