using System.Text;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary>
/// Where a command reads and writes: results go to <see cref="Output"/>, everything else to <see cref="Error"/>.
/// <see cref="IsInteractive"/> says that a person looks at the output, so that tables may redraw themselves.
/// </summary>
internal sealed record Terminal(TextReader Input, TextWriter Output, TextWriter Error, bool IsInteractive)
{
    /// <summary>This process's own streams.</summary>
    internal static Terminal OfProcess() => new(
        Console.In, Console.Out, Console.Error, !Console.IsOutputRedirected && !Console.IsInputRedirected);

    /// <summary>Writes a result: one JSON object on one line, or text for people.</summary>
    internal void Result<T>(bool json, T view, string text) =>
        Output.WriteLine(json ? ViewJson.Write(view) : Printable(text.TrimEnd('\n')));

    /// <summary>The same text without what would move a person's cursor or change colours: it may quote
    /// strangers.</summary>
    internal static string Printable(string text) =>
        string.Concat(text.Select(each => char.IsControl(each) && each is not ('\n' or '\t') ? ' ' : each));

    /// <summary>Asks a person for a secret without showing it.</summary>
    internal string AskSecret(string question)
    {
        Error.Write(question);
        var secret = IsInteractive ? ReadHidden() : Input.ReadLine() ?? "";
        Error.WriteLine();
        return secret;
    }

    private static string ReadHidden()
    {
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
            if (key.Key == ConsoleKey.Backspace)
                typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                typed.Append(key.KeyChar);
        return typed.ToString();
    }
}
