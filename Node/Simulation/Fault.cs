namespace Ledger.Node.Simulation;

/// <summary>Kinds of trouble that can be asked for by name.</summary>
[Flags]
internal enum FaultGroups
{
    None = 0,
    Network = 1,
    Crash = 2,
    Clock = 4,
    Disk = 8,
    Byzantine = 16,
    All = Network | Crash | Clock | Disk | Byzantine,
}

/// <summary>What can go wrong. What a fault's amount means stands beside it.</summary>
internal enum FaultKind
{
    /// <summary>Messages are lost; per mille.</summary>
    Loss,

    /// <summary>Messages arrive twice; per mille.</summary>
    Duplication,

    /// <summary>Messages take longer on average; microseconds.</summary>
    Delay,

    /// <summary>Messages of one kind take half a second longer; the kind's number on the wire.</summary>
    SlowKind,

    /// <summary>The network falls in two; which half who is in follows from the amount.</summary>
    Split,

    /// <summary>As a split, but only one half cannot reach the other.</summary>
    OneWay,

    /// <summary>Nothing passes between a node and the others.</summary>
    Isolation,

    /// <summary>Nothing passes from a node to one other; its number.</summary>
    Clog,

    /// <summary>Votes and certificates reach one node in time, its number, and most of the others too late.</summary>
    Hiding,

    /// <summary>The power of a node goes; milliseconds until it is back.</summary>
    Crash,

    /// <summary>The power of a node goes in the middle of a write or a sync; how many from now.</summary>
    CrashAtOperation,

    /// <summary>A process stands still, and goes on as if nothing had been.</summary>
    Pause,

    /// <summary>What a node is sent lies unread for so long; milliseconds.</summary>
    Slowness,

    /// <summary>The power of a node goes again and again; milliseconds between.</summary>
    Storm,

    /// <summary>The power of all nodes goes at once.</summary>
    Blackout,

    /// <summary>A clock shows a wrong time of day; milliseconds, half of the range for too early.</summary>
    Skew,

    /// <summary>A clock runs at a wrong pace; millionths, as above.</summary>
    Drift,

    /// <summary>A sync fails once.</summary>
    SyncError,

    /// <summary>Nothing can be written.</summary>
    FullDisk,

    /// <summary>Files no longer hold what was written, and their checksums say so: the node is lost.</summary>
    Rot,

    /// <summary>The files of a node are gone, and somebody starts it again with the key.</summary>
    LostHome,

    /// <summary>Somebody starts a node from an older copy of all its files.</summary>
    OldBackup,

    /// <summary>The chain of a node is gone, but what it signed is not.</summary>
    LostChain,

    /// <summary>Somebody starts a node from an older copy of its chain; what it signed is as it was.</summary>
    OldChain,

    /// <summary>Says one thing to some and another to others, and ignores its lock.</summary>
    Equivocator,

    /// <summary>Tells each thing to a few only, and answers nobody.</summary>
    Withholder,

    /// <summary>Sends again what it has heard, at any later time, to anybody.</summary>
    Replayer,

    /// <summary>Votes in rounds that nobody has reached, and asks without end.</summary>
    Flooder,

    /// <summary>Loses its memory of the height again and again.</summary>
    Amnesiac,

    /// <summary>Runs twice with one key.</summary>
    Twins,

    /// <summary>Claims heights that it does not have, and answers with rubbish.</summary>
    Boaster,

    /// <summary>Proposes blocks that are invalid, each in another way.</summary>
    Forger,

    /// <summary>Offers blocks of earlier rounds as if they were new, and new ones as if they had had a polka.</summary>
    Reproposer,

    /// <summary>Sends everything, but late.</summary>
    Straggler,
}

/// <summary>One thing that goes wrong: when, for how long (milliseconds), where, and how badly.</summary>
internal sealed record Fault(FaultKind Kind, long AtMs, long ForMs, int Node, long Amount)
{
    internal FaultGroups Group => Kind switch
    {
        <= FaultKind.Hiding => FaultGroups.Network,
        <= FaultKind.Blackout => FaultGroups.Crash,
        <= FaultKind.Drift => FaultGroups.Clock,
        <= FaultKind.OldChain => FaultGroups.Disk,
        _ => FaultGroups.Byzantine,
    };

    /// <summary>Whether the node counts as dishonest, or as lost, from then on.</summary>
    internal bool Costs => Kind is FaultKind.Rot or FaultKind.LostHome or FaultKind.OldBackup
        || Group == FaultGroups.Byzantine;

    public override string ToString() => Group == FaultGroups.Byzantine
        ? $"node {Node} is a {Kind}"
        : $"at {AtMs} ms for {ForMs} ms: {Kind} of node {Node}, {Amount}";
}
