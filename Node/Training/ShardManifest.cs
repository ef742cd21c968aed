using System.Text;
using System.Text.Json;
using Ledger.Consensus.Crypto;
using Ledger.Learning.Data;

namespace Ledger.Node.Training;

/// <summary>
/// What a shard is made of, as one line of JSON that stays in the home, and its digest, which the chain has: whoever is
/// shown the text later can tell that it is the one of then. The salt keeps strangers from trying out what it may say.
/// </summary>
internal sealed record ShardManifest(string Text, Digest Digest)
{
    internal static ShardManifest Of(Digest task, ShardOrigin origin, Shard shard, Digest salt)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("task", task.ToString());
            json.WriteString("source", origin.Source);
            json.WriteString("terms", origin.Terms);
            json.WriteNumber("inputs", shard.Training.Inputs);
            json.WriteNumber("training", shard.Training.Rows);
            json.WriteNumber("validation", shard.Validation.Rows);
            json.WriteNumber("held-out", shard.HeldOut.Rows);
            json.WriteString("root", Digest.From(shard.Root).ToString());
            json.WriteString("salt", salt.ToString());
            json.WriteEndObject();
        }
        var text = stream.ToArray();
        return new(Encoding.UTF8.GetString(text), Digest.Of("ledger/manifest", text));
    }
}
