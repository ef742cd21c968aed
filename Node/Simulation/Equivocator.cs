using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Node.Overlay;

namespace Ledger.Node.Simulation;

/// <summary>Votes and proposes twice, one thing to some and another to others, and ignores its lock.</summary>
internal sealed class Equivocator : Actor
{
    private readonly Dictionary<Vote, WireMessage.Ballot> votes = [];
    private readonly Dictionary<Proposal, WireMessage.Offer> offers = [];

    internal override Guards Guards { get; } = new NoLock();

    protected override void SendOwn(PeerId to, WireMessage.Ballot own)
    {
        if (Dice.Chance(0.6))
            Pass(to, own);
        if (Dice.Chance(0.6))
            Pass(to, Twin(own));
    }

    protected override void SendOwn(PeerId to, WireMessage.Offer own)
    {
        if (Dice.Chance(0.6))
            Pass(to, own);
        if (Dice.Chance(0.6))
            Pass(to, Twin(own));
    }

    private WireMessage.Ballot Twin(WireMessage.Ballot own)
    {
        var vote = own.Vote.Vote;
        if (votes.TryGetValue(vote, out var twin))
            return twin;
        var known = Node.Replica?.Agreement?.Proposals(vote.Round) ?? [];
        var others = known.Select(p => (Digest?)p.Proposal.Block).Append(null)
            .Concat(offers.Values.Where(o => o.Proposal.Proposal.Round == vote.Round)
                .Select(o => (Digest?)o.Proposal.Proposal.Block))
            .Where(b => b != vote.Block).ToList();
        votes.Clear();
        return votes[vote] = others.Count == 0
            ? own
            : Sign(vote with { Block = Dice.Pick(others), ValidRound = null });
    }

    private WireMessage.Offer Twin(WireMessage.Offer own)
    {
        var offer = own.Proposal.Proposal;
        if (offers.TryGetValue(offer, out var twin))
            return twin;
        var header = own.Proposal.Block.Header;
        offers.Clear();
        return offers[offer] = Sign(
            offer with { ValidRound = null }, new(
                header with { Time = header.Time + 1 }, own.Proposal.Block.LastCommit, own.Proposal.Block.Evidence,
                own.Proposal.Block.Closings, own.Proposal.Block.Transactions));
    }
}
