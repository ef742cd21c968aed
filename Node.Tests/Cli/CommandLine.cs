using Ledger.Node.Cli;

namespace Ledger.Node.Tests.Cli;

/// <summary>Runs command lines in this process, as a pipe would see them.</summary>
internal static class CommandLine
{
    internal static Task<Outcome> Run(params string[] args) => RunWith("", args);

    internal static async Task<Outcome> RunWith(string input, params string[] args)
    {
        using var reader = new StringReader(input);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await Program.Run(args, new(reader, output, error, IsInteractive: false), CancellationToken.None);
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>What a shell gets from a command.</summary>
    internal sealed record Outcome(int Code, string Output, string Error)
    {
        /// <summary>A mistake is two lines, and nothing on stdout that a script could take for a result.</summary>
        internal void IsMistake(int code, string error, string hint) => Assert.Multiple(() =>
        {
            Assert.That(Error, Is.EqualTo($"error: {error}\nhint: {hint}\n"));
            Assert.That(Output, Is.Empty);
            Assert.That(Code, Is.EqualTo(code));
        });

        /// <summary>What went well, as stdout has it.</summary>
        internal string Result()
        {
            Assert.That(Code, Is.EqualTo(ExitCode.Done), Error);
            return Output;
        }
    }
}
