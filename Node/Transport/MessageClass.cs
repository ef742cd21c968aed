namespace Ledger.Node.Transport;

/// <summary>How urgent a message is. A lower class is sent before every higher one, across all peers.</summary>
internal enum MessageClass : byte
{
    /// <summary>Votes and proposals: consensus waits for them.</summary>
    Vote = 0,

    /// <summary>Blocks, transactions and the control messages of gossip and sync.</summary>
    Chain = 1,

    /// <summary>Parts of model updates and parameters.</summary>
    Blob = 2,
}

/// <summary>The classes in order of urgency.</summary>
internal static class MessageClasses
{
    internal const int Count = 3;

    internal static readonly MessageClass[] All = [MessageClass.Vote, MessageClass.Chain, MessageClass.Blob];

    internal static MessageClass[] InOrder(PlantedBug bugs) =>
        bugs.HasFlag(PlantedBug.ReversedPriority) ? [.. All.Reverse()] : All;
}
