using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Node.Tests.Consensus.Engine;

namespace Ledger.Node.Tests.Simulation;

/// <summary>Proposes and votes twice, one thing to some and another to others, and ignores its lock.</summary>
internal sealed class Equivocator(World world, int index) : Peer(world, index, new NoLock())
{
    internal override bool IsHonest => false;

    protected override void Cast(Vote vote)
    {
        var others = Agreement!.Proposals(vote.Round).Select(p => (Digest?)p.Proposal.Block).Append(null)
            .Where(b => b != vote.Block).ToList();
        var twin = others.Count == 0
            ? vote
            : vote with { Block = others[World.Random.Next(others.Count)], ValidRound = null };
        World.Oracle.Signed(vote);
        World.Oracle.Signed(twin);
        foreach (var peer in World.Peers.Where(p => p != this))
            World.Send(this, peer, new Message.Ballot(new(World.Chance(0.5) ? vote : twin, default)));
        Feed(new Input.Voted(new(new(vote, default))));
    }

    protected override void Propose(Proposal proposal, Block block)
    {
        var twin = NewBlock(World.Chance(0.2) ? Header.CurrentVersion + 1 : Header.CurrentVersion);
        var second = proposal with { Block = twin.Id, ValidRound = null };
        foreach (var peer in World.Peers.Where(p => p != this))
            World.Send(this, peer, new Message.Offer(
                World.Chance(0.5) ? new(proposal, default, block) : new(second, default, twin)));
        Feed(new Input.Proposed(new(new(proposal, default, block)), (ulong)World.Now));
        Feed(new Input.Proposed(new(new(second, default, twin)), (ulong)World.Now));
    }
}

/// <summary>Tells each thing to a few only, and helps nobody.</summary>
internal sealed class Withholder(World world, int index) : Peer(world, index)
{
    internal override bool IsHonest => false;

    protected override void Broadcast(Message message)
    {
        foreach (var peer in World.Peers.Where(p => p != this && World.Chance(0.4)))
            World.Send(this, peer, message);
    }

    protected override void Answer(Peer to, Message.Status status)
    {
    }
}

/// <summary>Sends again what it has heard, at any later time and to anybody.</summary>
internal sealed class Replayer(World world, int index) : Peer(world, index)
{
    private const int Memory = 500, AtOnce = 10;

    private readonly List<(Peer From, Message Message)> heard = [];

    internal override bool IsHonest => false;

    internal override void Receive(Peer from, Message message)
    {
        if (heard.Count < Memory)
            heard.Add((from, message));
        else
            heard[World.Random.Next(Memory)] = (from, message);
        base.Receive(from, message);
    }

    protected override void Tick()
    {
        base.Tick();
        for (var i = 0; i < AtOnce && heard.Count > 0; i++)
        {
            var (from, message) = heard[World.Random.Next(heard.Count)];
            World.Send(from, Someone(), message);
        }
    }
}

/// <summary>Votes in rounds that nobody has reached.</summary>
internal sealed class Flooder(World world, int index) : Peer(world, index)
{
    private const int AtOnce = 20;

    internal override bool IsHonest => false;

    protected override void Tick()
    {
        base.Tick();
        for (var i = 0; i < AtOnce; i++)
        {
            var vote = new Vote(VoteKind.Precommit, Height, (uint)World.Random.Next(1_000_000), null, Address);
            World.Send(this, Someone(), new Message.Ballot(new(vote, default)));
        }
    }
}
