using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace Ledger.Node.Logging;

/// <summary>One event a line for people: its time in UTC, its level where it is not the usual one, its words.</summary>
internal sealed class TextLine : ITextFormatter
{
    private static readonly MessageTemplateTextFormatter Words = new("{Message:lj}");

    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.Write(logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff "));
        if (logEvent.Level != LogEventLevel.Information)
            output.Write($"{LogLevels.NameOf(logEvent.Level)}: ");
        output.WriteLine(Message(logEvent));
    }

    /// <summary>The words of an event, on one line. Some are a peer's or the chain's, and might pretend to be a line of
    /// their own.</summary>
    internal static string Message(LogEvent logEvent)
    {
        using var text = new StringWriter();
        Words.Format(logEvent, text);
        return string.Concat(text.ToString().Select(letter => char.IsControl(letter) ? ' ' : letter));
    }
}
