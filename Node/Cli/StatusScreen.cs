using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary>Shows one overview after another: in place for a person, a line for each change for a pipe, an object for
/// each change as JSON.</summary>
internal sealed class StatusScreen(Terminal terminal, bool json)
{
    private int drawn;
    private string? printed;

    internal void Show(Overview seen)
    {
        if (json)
            Print(seen, ViewJson.Write(seen));
        else if (terminal.IsInteractive)
            Redraw(seen.Text().Split('\n'));
        else
            Print(seen, seen.Line());
        terminal.Output.Flush();
    }

    private void Print(Overview seen, string line)
    {
        if (printed != (printed = seen.Line()))
            terminal.Output.WriteLine(line);
    }

    private void Redraw(string[] lines)
    {
        // ECMA-48: up by so many lines, and clear from there to the end of the screen.
        if (drawn > 0)
            terminal.Output.Write($"\u001b[{drawn}F\u001b[J");
        foreach (var line in lines)
            terminal.Output.WriteLine(Fitting(line));
        drawn = lines.Length;
    }

    // A line that wraps is two on the screen, and would be left behind.
    private static string Fitting(string line)
    {
        var width = Console.IsOutputRedirected ? 0 : Console.WindowWidth - 1;
        return width <= 0 || line.Length <= width ? line : line[..width];
    }
}
