using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.State;

/// <summary>
/// The randomness of a task: the salts with which contributors have hidden their updates. They are fixed before any of
/// them is known, and enter in no order, so that who proposes blocks can try nothing out. Whoever holds an opening back
/// chooses between two lots, and pays its deposit for it.
/// </summary>
internal static class Lots
{
    /// <summary>What was opened so far, with one more salt.</summary>
    internal static Digest With(Digest opened, Address contributor, Bytes32 salt)
    {
        var added = Digest.Of("ledger/salt", new Writer().Array(2).Address(contributor).Bytes(salt.ToArray()).Written);
        return Digest.From([.. opened.ToArray().Zip(added.ToArray(), (a, b) => (byte)(a ^ b))]);
    }

    /// <summary>The lot of a round whose openings are all in: nobody knew it when the updates were promised.</summary>
    internal static Digest Draw(LearningTask task) => Digest.Of("ledger/lot", new Writer().Array(4).Digest(task.Id)
        .UInt(task.Round.Number).Digest(task.Results[^1].Lot).Digest(task.Round.Opened).Written);

    /// <summary>What a round that begins draws its committee and its contributors from: the lot of the one before, or
    /// the chain's beacon where there is none.</summary>
    internal static Digest Latest(ChainState state, LearningTask task) =>
        task.Results[^1].Lot is var lot && lot != default ? lot : state.Beacon;
}
