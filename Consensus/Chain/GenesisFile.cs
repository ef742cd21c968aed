using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Chain;

/// <summary>
/// Reads and writes genesis files: JSON with comments and kebab-case keys. Everything that a peer would trip over
/// later is refused here, with the place and what to do.
/// </summary>
public static class GenesisFile
{
    private static readonly JsonDocumentOptions Reading = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    private static readonly JsonWriterOptions Compact = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonWriterOptions Indented = Compact with { Indented = true };

    /// <summary>The genesis in <paramref name="json"/>; a <see cref="GenesisException"/> says what is wrong.</summary>
    public static Genesis Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Reading);
            var genesis = Read(new(document.RootElement, "the file"));
            GenesisRules.Check(genesis);
            return genesis;
        }
        catch (JsonException e)
        {
            throw new GenesisException($"line {e.LineNumber + 1} is not JSON",
                "look for a missing comma, quote or bracket");
        }
        catch (InvalidOperationException)
        {
            // What the JSON reader throws for half of a surrogate pair, which is JSON but no text.
            throw new GenesisException("the file holds text that is not well-formed",
                "look for a \\u escape without its second half");
        }
    }

    /// <summary>The file's text; parsing it gives the same genesis.</summary>
    public static string Format(Genesis genesis) => Render(Indented, writer => Write(writer, genesis)) + "\n";

    private static Genesis Read(JsonFields file)
    {
        var genesis = new Genesis
        {
            Name = file.Text("chain-id"),
            Time = ReadTime(file.Text("genesis-time")),
            Parameters = file.ObjectOrNull("parameters") is { } p ? ReadParameters(new(p, "parameters")) : new(),
            Validators = [.. file.List("validators").Select((v, i) => ReadValidator(new(v, $"validator {i}")))],
            Accounts = [.. file.List("accounts").Select((a, i) => ReadAccount(new(a, $"account {i}")))],
            Tasks = [.. file.List("tasks").Select((t, i) => ReadTask(new(t, $"task {i}")))],
            Peers = [.. file.List("peers").Select((p, i) => ReadPeer(p, i))],
        };
        file.RejectUnknown();
        return genesis;
    }

    private static string ReadPeer(JsonElement peer, int index) => peer.ValueKind == JsonValueKind.String
        ? peer.GetString()!
        : throw new GenesisException($"peer {index} is not text", "write it as \"ID@ADDRESS:PORT\"");

    // Whole seconds, or with three digits of milliseconds: one text for one time.
    private static ulong ReadTime(string text)
    {
        var isPrecise = text.Length == "2026-01-31T12:00:00.000Z".Length;
        return isPrecise | text.Length == "2026-01-31T12:00:00Z".Length
            && DateOnly.TryParseExact(text[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture,
                DateTimeStyles.None, out var date)
            && TimeOnly.TryParseExact(text[11..^1], isPrecise ? "HH:mm:ss.fff" : "HH:mm:ss",
                CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            && text[10] == 'T' && text[^1] == 'Z' && date.Year >= 1970
            ? (ulong)(date.DayNumber - DateOnly.FromDayNumber(0).AddYears(1969).DayNumber) * 86_400_000
                + (ulong)time.Ticks / TimeSpan.TicksPerMillisecond
            : throw new GenesisException($"the file: 'genesis-time' is '{text}'",
                "write it as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.250Z");
    }

    private static string FormatTime(ulong milliseconds)
    {
        var date = DateOnly.FromDayNumber(0).AddYears(1969).AddDays((int)(milliseconds / 86_400_000));
        var time = new TimeOnly((long)(milliseconds % 86_400_000) * TimeSpan.TicksPerMillisecond);
        return milliseconds % 1_000 == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{date:yyyy-MM-dd}T{time:HH:mm:ss}Z")
            : string.Create(CultureInfo.InvariantCulture, $"{date:yyyy-MM-dd}T{time:HH:mm:ss.fff}Z");
    }

    private static ChainParameters ReadParameters(JsonFields fields)
    {
        var parameters = new ChainParameters();
        foreach (var field in ParameterField.All)
            parameters = field.With(parameters, fields.Number(field.Key, field.Max, field.Of(parameters)));
        fields.RejectUnknown();
        return parameters;
    }

    private static GenesisValidator ReadValidator(JsonFields fields)
    {
        var validator = new GenesisValidator(fields.Address("address"), fields.Number("stake", Limits.SupplyMax));
        fields.RejectUnknown();
        return validator;
    }

    private static GenesisAccount ReadAccount(JsonFields fields)
    {
        var account = new GenesisAccount(fields.Address("address"), fields.Number("balance", Limits.SupplyMax));
        fields.RejectUnknown();
        return account;
    }

    private static GenesisTask ReadTask(JsonFields fields)
    {
        var spec = new TaskSpec
        {
            Name = fields.Text("name"),
            Model = fields.Digest("model"),
            Parameters = fields.Digest("initial-parameters"),
            Exponent = (uint)fields.Number("update-exponent", TaskSpec.ExponentMax),
            Rounds = (uint)fields.Number("rounds", Limits.TaskRoundsMax),
            Reward = fields.Number("reward", Limits.SupplyMax),
            Deposit = fields.Number("deposit", Limits.SupplyMax),
            MinContributors = (uint)fields.Number("min-contributors", Limits.ContributorsMax),
            Committee = (uint)fields.Number("committee", Limits.ScorersMax, 0),
            FractionTrain = (uint)fields.Number(
                "fraction-train-permille", TaskSpec.FractionTrainMax, TaskSpec.FractionTrainMax),
            Patience = (uint)fields.Number("patience", Limits.TaskRoundsMax, 0),
            CommitWindow = fields.Number("commit-window-ms", TaskSpec.WindowMax),
            RevealWindow = fields.Number("reveal-window-ms", TaskSpec.WindowMax),
            AttestWindow = fields.Number("attest-window-ms", TaskSpec.WindowMax),
            Recipe = CompactText(fields.Object("recipe")),
        };
        var task = new GenesisTask(fields.Address("owner"), spec);
        fields.RejectUnknown();
        return task;
    }

    private static void Write(Utf8JsonWriter writer, Genesis genesis)
    {
        writer.WriteStartObject();
        writer.WriteString("chain-id", genesis.Name);
        writer.WriteString("genesis-time", FormatTime(genesis.Time));
        WriteParameters(writer, genesis.Parameters);
        writer.WriteStartArray("validators");
        foreach (var (address, stake) in genesis.Validators)
            WritePair(writer, address, "stake", stake);
        writer.WriteEndArray();
        writer.WriteStartArray("accounts");
        foreach (var (address, balance) in genesis.Accounts)
            WritePair(writer, address, "balance", balance);
        writer.WriteEndArray();
        writer.WriteStartArray("tasks");
        foreach (var task in genesis.Tasks)
            WriteTask(writer, task);
        writer.WriteEndArray();
        writer.WriteStartArray("peers");
        foreach (var peer in genesis.Peers)
            writer.WriteStringValue(peer);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteParameters(Utf8JsonWriter writer, ChainParameters parameters)
    {
        writer.WriteStartObject("parameters");
        foreach (var field in ParameterField.All)
            writer.WriteNumber(field.Key, field.Of(parameters));
        writer.WriteEndObject();
    }

    private static void WritePair(Utf8JsonWriter writer, Address address, string key, ulong amount)
    {
        writer.WriteStartObject();
        writer.WriteString("address", address.ToString());
        writer.WriteNumber(key, amount);
        writer.WriteEndObject();
    }

    private static void WriteTask(Utf8JsonWriter writer, GenesisTask task)
    {
        var spec = task.Spec;
        writer.WriteStartObject();
        writer.WriteString("name", spec.Name);
        writer.WriteString("owner", task.Owner.ToString());
        writer.WriteNumber("rounds", spec.Rounds);
        writer.WriteNumber("reward", spec.Reward);
        writer.WriteNumber("deposit", spec.Deposit);
        writer.WriteNumber("min-contributors", spec.MinContributors);
        writer.WriteNumber("committee", spec.Committee);
        if (spec.FractionTrain != TaskSpec.FractionTrainMax)
            writer.WriteNumber("fraction-train-permille", spec.FractionTrain);
        writer.WriteNumber("patience", spec.Patience);
        writer.WriteNumber("commit-window-ms", spec.CommitWindow);
        writer.WriteNumber("reveal-window-ms", spec.RevealWindow);
        writer.WriteNumber("attest-window-ms", spec.AttestWindow);
        writer.WriteString("model", spec.Model.ToString());
        writer.WriteString("initial-parameters", spec.Parameters.ToString());
        writer.WriteNumber("update-exponent", spec.Exponent);
        writer.WritePropertyName("recipe");
        using var recipe = JsonDocument.Parse(spec.Recipe);
        recipe.RootElement.WriteTo(writer);
        writer.WriteEndObject();
    }

    // One text per recipe whatever the file's white space, since the text is what the chain id covers.
    private static string CompactText(JsonElement element) => Render(Compact, element.WriteTo);

    private static string Render(JsonWriterOptions options, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, options))
            write(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
