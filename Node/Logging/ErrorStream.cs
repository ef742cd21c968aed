using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace Ledger.Node.Logging;

/// <summary>Standard error, where whoever started the program looks, or the service manager collects.</summary>
internal sealed class ErrorStream(ITextFormatter formatter) : ILogEventSink
{
    public void Emit(LogEvent logEvent)
    {
        using var line = new StringWriter();
        formatter.Format(logEvent, line);
        Console.Error.Write(line.ToString());
    }
}
