using System.Security.Cryptography;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning.Attacks;
using Ledger.Node.Storage;

namespace Ledger.Node.Training;

/// <summary>What this node has promised for a round and must open: salt and blob, on disk, so that a restart promises
/// the same again. Two different promises for one round would be two faces. An attack may spoil the blob.</summary>
internal sealed class Promises(Store store, string tag, Attack? attack = null)
{
    internal readonly record struct Promise(Bytes32 Salt, Digest Blob);

    internal Promise? Find(LearningTask task)
    {
        if (store.Note(Key(task)) is not { } note)
            return null;
        var reader = new Reader(note);
        reader.Array(2);
        return new(reader.Digest().Value, reader.Digest());
    }

    internal Promise Make(LearningTask task, byte[] blob)
    {
        var sent = attack?.Garble?.Invoke(blob) ?? blob;
        var id = attack is { Withholds: true } ? Digest.OfBlob(sent) : store.PutBlob(sent);
        var promise = new Promise(Bytes32.From(RandomNumberGenerator.GetBytes(Bytes32.Size)), id);
        store.PutNote(Key(task), new Writer().Array(2).Bytes(promise.Salt.ToArray()).Digest(promise.Blob).ToArray());
        return promise;
    }

    // The parameters are part of the key: a promise is good for one base only.
    private byte[] Key(LearningTask task) => Digest.Of(tag, new Writer().Array(3).Digest(task.Id)
        .UInt(task.Round.Number).Digest(task.Round.Parameters).Written).ToArray();
}
