using System.Text;
using System.Text.Json;
using Ledger.Node.Http;
using Serilog.Events;
using Serilog.Formatting;

namespace Ledger.Node.Logging;

/// <summary>One JSON object a line for programs: time, level, event, message, then the event's own values.</summary>
internal sealed class JsonLine : ITextFormatter
{
    /// <summary>The property that names the event.</summary>
    internal const string Event = "Event";

    private static readonly JsonWriterOptions Plain = new() { Encoder = ViewJson.Options.Encoder };

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Plain))
        {
            json.WriteStartObject();
            json.WriteString("time", logEvent.Timestamp.UtcDateTime);
            json.WriteString("level", LogLevels.NameOf(logEvent.Level));
            json.WritePropertyName("event");
            Write(json, logEvent.Properties[Event]);
            json.WriteString("message", TextLine.Message(logEvent));
            foreach (var (name, value) in logEvent.Properties.Where(property => property.Key != Event))
            {
                json.WritePropertyName(JsonNamingPolicy.CamelCase.ConvertName(name));
                Write(json, value);
            }
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(bytes.ToArray()));
    }

    private static void Write(Utf8JsonWriter json, LogEventPropertyValue value) =>
        JsonSerializer.Serialize(json, (value as ScalarValue)?.Value ?? value.ToString());
}
