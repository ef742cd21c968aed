using Spectre.Console;

namespace Ledger.Node.Cli.Devnet;

/// <summary>The rounds of a devnet as they come: a table that redraws itself for a person, plain lines for a
/// pipe.</summary>
internal sealed class RoundTable(Terminal terminal, bool json)
{
    private readonly SortedDictionary<uint, RoundRow> rows = [];
    private readonly HashSet<uint> printed = [];
    private static readonly int[] Widths = [5, 6, 12, 9, 9, 7, 10];

    internal IReadOnlyCollection<RoundRow> Rows => rows.Values;

    /// <summary>Runs <paramref name="work"/> with the table on the screen.</summary>
    internal async Task Follow(Func<Action<IEnumerable<RoundRow>, string>, Task> work)
    {
        if (!terminal.IsInteractive || json)
        {
            Line(RoundRow.Header);
            await work((fresh, _) => Append(fresh));
            PrintUpTo(uint.MaxValue);
            return;
        }
        await AnsiConsole.Live(Draw("")).StartAsync(live => work((fresh, activity) =>
        {
            foreach (var row in fresh)
                rows[row.Round] = row;
            live.UpdateTarget(Draw(activity));
        }));
    }

    // A round's accuracy arrives after its parameters; a line that is printed cannot be mended, so it waits for the
    // next.
    private void Append(IEnumerable<RoundRow> fresh)
    {
        foreach (var row in fresh)
            rows[row.Round] = row;
        if (rows.Count > 0)
            PrintUpTo(rows.Keys.Max());
    }

    private void PrintUpTo(uint end)
    {
        foreach (var row in rows.Values)
            if (row.Round < end && printed.Add(row.Round))
                Line(row.Fields());
    }

    private void Line(string[] fields)
    {
        var line = string.Join("  ", fields.Select((field, i) => field.PadLeft(Widths[i])));
        (json ? terminal.Error : terminal.Output).WriteLine(line);
    }

    private Table Draw(string activity)
    {
        var table = new Table().Border(TableBorder.Rounded).Caption(Markup.Escape(activity));
        foreach (var name in RoundRow.Header)
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (var row in rows.Values)
            table.AddRow(Array.ConvertAll(row.Fields(), Markup.Escape));
        return table;
    }
}
