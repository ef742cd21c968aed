using System.Text;
using System.Text.Json;
using Ledger.Consensus.Crypto;
using Ledger.Learning.Data;

namespace Ledger.Node.Training;

/// <summary>
/// What a shard is made of, as one line of JSON that stays in the home. The chain has its digest: whoever is shown the
/// manifest later can tell that it is the one of then. The salt keeps strangers from trying out what it may say.
/// </summary>
internal static class ShardManifest
{
    internal static string Of(Digest task, ShardOrigin origin, Shard shard, Digest salt)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("task", task.ToString());
            json.WriteString("source", origin.Source);
            json.WriteString("terms", origin.Terms);
            json.WriteNumber("inputs", shard.Training.Inputs);
            foreach (var (name, rows) in new[]
            {
                ("training", shard.Training), ("validation", shard.Validation), ("held-out", shard.HeldOut),
            })
                Write(json, name, rows);
            json.WriteString("root", Digest.From(shard.Root).ToString());
            json.WriteString("salt", salt.ToString());
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>What the chain has of it.</summary>
    internal static Digest DigestOf(string manifest) => Digest.Of("ledger/manifest", Encoding.UTF8.GetBytes(manifest));

    private static void Write(Utf8JsonWriter json, string name, Dataset rows)
    {
        json.WriteStartObject(name);
        json.WriteNumber("rows", rows.Rows);
        json.WriteString("root", Digest.From(Shard.RootOf([rows])).ToString());
        json.WriteEndObject();
    }
}
