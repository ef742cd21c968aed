using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;
using Ledger.Node.Transport;

namespace Ledger.Node.Simulation;

/// <summary>Tells each thing to a few only, and helps nobody.</summary>
internal sealed class Withholder : Actor
{
    protected override void Pass(PeerId to, WireMessage message)
    {
        if (message is WireMessage.Status or WireMessage.GetBlocks || Dice.Chance(0.4))
            base.Pass(to, message);
    }
}

/// <summary>Sends again what it has heard, at any later time and to anybody.</summary>
internal sealed class Replayer : Actor
{
    private const int Memory = 500, AtOnce = 4;

    private readonly List<byte[]> heard = [];

    internal override NetEvent? Hear(NetEvent happened)
    {
        if (happened is NetEvent.Received { Message: var message })
        {
            if (heard.Count < Memory)
                heard.Add(message);
            else
                heard[Dice.Below(Memory)] = message;
        }
        return base.Hear(happened);
    }

    protected override void Tick()
    {
        for (var i = 0; i < AtOnce && heard.Count > 0 && Peers.Count > 0; i++)
            Port.Send(Dice.Pick(Peers), MessageClass.Vote, Dice.Pick(heard));
    }
}

/// <summary>
/// Votes in rounds and heights that nobody has reached, signs with others' names, proves things by its own vote alone,
/// asks without end, and now and then sends rubbish.
/// </summary>
internal sealed class Flooder : Actor
{
    private const int AtOnce = 6;

    protected override void Tick()
    {
        for (var i = 0; i < AtOnce && Peers.Count > 0; i++)
            Pass(Dice.Pick(Peers), Something());
        if (Dice.Chance(0.01) && Peers.Count > 0)
            Port.Send(
                Dice.Pick(Peers), MessageClass.Vote, [.. Enumerable.Range(0, 40).Select(_ => (byte)Dice.Below(256))]);
    }

    private WireMessage Something()
    {
        var height = Node.Height + (ulong)Dice.Between(1, 2);
        var round = Dice.Chance(0.5) ? (uint)Dice.Below(5) : (uint)Dice.Below(1_000_000);
        var kind = Dice.Chance(0.5) ? VoteKind.Prevote : VoteKind.Precommit;
        Digest? block = Dice.Chance(0.5) ? null : Node.Replica!.Head.State.LastBlock;
        var vote = new Vote(kind, height, round, block, Node.Self);
        if (Dice.Chance(0.02))
            return new WireMessage.Ballot(new(
                vote with { Validator = Dice.Pick(Node.World.Nodes).Self }, Key.Sign(vote.SigningDigest(ChainId))));
        if (Dice.Chance(0.05))
            return new WireMessage.Certified(new RoundCertificate(height, round, [Sign(vote).Vote]));
        return Dice.Chance(0.8) ? Sign(vote) : new WireMessage.GetBlocks(1 + (ulong)Dice.Below((int)height), 16);
    }
}

/// <summary>Loses its memory of the height, again and again.</summary>
internal sealed class Amnesiac : Actor
{
    protected override void Tick()
    {
        if (!Dice.Chance(0.08))
            return;
        Node.World.Timeline.After(0, () =>
        {
            Node.Crash(Dice.Between(1, 100));
            Node.Disk.Forget();
        });
    }
}

/// <summary>One of two processes with one key, which do not know of each other.</summary>
internal sealed class Twin : Actor;

/// <summary>Claims heights that it does not have, and answers with rubbish.</summary>
internal sealed class Boaster : Actor
{
    private readonly ulong tall = 1_000;

    protected override void Pass(PeerId to, WireMessage message) => base.Pass(to, message switch
    {
        WireMessage.Status status when Dice.Chance(0.7) =>
            status with { Height = status.Height + (Dice.Chance(0.5) ? 3 : tall) },
        WireMessage.BlockReply reply when Dice.Chance(0.7) => Rubbish(reply),
        _ => message,
    });

    // What was decided with another content under it, or a content that nobody has decided.
    private WireMessage.BlockReply Rubbish(WireMessage.BlockReply reply)
    {
        if (Dice.Chance(0.3))
            return reply with
            {
                Block = new(reply.Block.Header, LastCommit: null, reply.Block.Evidence, reply.Block.Closings,
                    reply.Block.Transactions),
            };
        var block = reply.Block with { Header = reply.Block.Header with { Time = reply.Block.Header.Time + 1 } };
        return reply with
        {
            Block = block,
            Certificate = reply.Certificate with
            {
                Block = block.Id,
                Signatures = [.. reply.Certificate.Signatures.Take(1 + Dice.Below(4))],
            },
        };
    }
}

/// <summary>Proposes blocks that are invalid, each in another way.</summary>
internal sealed class Forger : Actor
{
    private const ulong AnHourMs = 3_600_000;

    protected override void SendOwn(PeerId to, WireMessage.Offer own)
    {
        var block = own.Proposal.Block;
        var header = block.Header;
        // What closes a round is rare, and everybody has to compute it again.
        var closings = WrongClosings(block);
        var forged = closings.IsEmpty ? Forge(header) : header;
        var offer = Sign(own.Proposal.Proposal, new(
            forged with { ContentRoot = Block.RootOf(closings, block.Transactions) },
            block.LastCommit, block.Evidence, closings, block.Transactions));
        Node.World.Oracle.Forged(offer.Proposal.Proposal.Block);
        Pass(to, offer);
    }

    private static Header Forge(Header header) => (header.Height % 6) switch
    {
        0 => header with { StateRoot = Digest.OfBytes([1]) },
        1 => header with { NextValidators = Digest.OfBytes([2]) },
        2 => header with { PreviousBlock = Digest.OfBytes([3]) },
        3 or 4 => header with { Time = header.Time + AnHourMs },
        _ => header with { Version = header.Version + 1 },
    };

    private static System.Collections.Immutable.ImmutableArray<CloseRound> WrongClosings(Block block) =>
        [.. block.Closings.Select(c => c with { Parameters = Digest.OfBytes([4]) })];
}

/// <summary>
/// Offers a block that had a polka as if it were new, and a new one as if it had had a polka: rules of valid rounds.
/// </summary>
internal sealed class Reproposer : Actor
{
    protected override void SendOwn(PeerId to, WireMessage.Offer own)
    {
        var offer = own.Proposal.Proposal;
        if (Dice.Chance(0.5))
            Pass(to, own);
        else
            Pass(to, Sign(offer with { ValidRound = Claim(offer) }, own.Proposal.Block));
    }

    private uint? Claim(Proposal offer) => offer.ValidRound is not null && Dice.Chance(0.5)
        ? null
        : (uint)Dice.Below((int)offer.Round + 1);
}

/// <summary>Sends everything, but late.</summary>
internal sealed class Straggler : Actor
{
    protected override void Pass(PeerId to, WireMessage message) =>
        Node.Clock.After((ulong)Dice.Exponential(300), () => base.Pass(to, message));
}
