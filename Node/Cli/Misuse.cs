using System.CommandLine;
using System.CommandLine.Parsing;
using Ledger.Learning.Json;

namespace Ledger.Node.Cli;

/// <summary>Says in one line what is wrong with a command line, and what is nearest to it.</summary>
internal static class Misuse
{
    /// <summary>The mistake in a parsed command line, or null where there is none.</summary>
    internal static OperatorException? Find(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (NegativeNumber(parsed) is { } number)
            return new($"{number.Of} is {number.Value}", "give a number that is not negative", misuse: true);
        if (UnknownOption(parsed) is { } option)
            return new($"unknown option '{option}'", Spelling.Suggest(option, OptionNames(parsed)), misuse: true);
        if (parsed.UnmatchedTokens is [var word, ..])
            return command.Subcommands.Count > 0
                ? new($"unknown command '{word}'", Spelling.Suggest(word, CommandNames(command)), misuse: true)
                : new($"'{Path(command)}' does not take '{word}'", $"see: {Path(command)} --help", misuse: true);
        if (parsed.Errors.Count == 0)
            return null;
        return command.Subcommands.Count > 0
            ? new($"'{Path(command)}' needs a command", $"one of: {string.Join(", ", CommandNames(command))}",
                misuse: true)
            : new(Describe(parsed.Errors[0], command), $"see: {Path(command)} --help", misuse: true);
    }

    /// <summary>The words by which a command is called.</summary>
    internal static string Path(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent
        ? $"{Path(parent)} {command.Name}"
        : "ledger";

    // The parser lets an argument swallow a misspelt option; nothing that we take begins with a dash.
    private static string? UnknownOption(ParseResult parsed) => parsed.Tokens
        .TakeWhile(token => token.Type != TokenType.DoubleDash)
        .Where(token => token.Type == TokenType.Argument && token.Value.Length > 1 && token.Value[0] == '-')
        .Select(token => token.Value.Split('=')[0])
        .FirstOrDefault();

    // Nothing that we take is below zero.
    private static (string Of, string Value)? NegativeNumber(ParseResult parsed)
    {
        foreach (var result in parsed.CommandResult.Children)
            foreach (var token in result.Tokens)
                if (token.Value is ['-', >= '0' and <= '9', ..])
                    return (result is OptionResult option ? option.Option.Name : ((ArgumentResult)result).Argument.Name,
                        token.Value);
        return null;
    }

    private static string[] CommandNames(Command command) =>
        [.. command.Subcommands.Where(each => !each.Hidden).Select(each => each.Name)];

    private static string[] OptionNames(ParseResult parsed) =>
        [.. parsed.CommandResult.Command.Options.Where(each => !each.Hidden).Select(each => each.Name), "--help"];

    // The parser's own sentences name types of the runtime; these name what a person typed.
    private static string Describe(ParseError error, Command command) => error.SymbolResult switch
    {
        OptionResult { Tokens: [var value, ..] } option => $"'{value.Value}' is no value for {option.Option.Name}",
        OptionResult { IdentifierToken: null } option =>
            $"'{Path(command)}' needs {option.Option.Name} {option.Option.HelpName}",
        OptionResult option => $"{option.Option.Name} needs a value: {option.Option.Name} {option.Option.HelpName}",
        ArgumentResult { Tokens: [var value, ..] } argument => $"'{value.Value}' is no {argument.Argument.Name}",
        ArgumentResult argument => $"'{Path(command)}' needs {argument.Argument.Name}",
        _ => char.ToLowerInvariant(error.Message[0]) + error.Message[1..].TrimEnd('.'),
    };
}
