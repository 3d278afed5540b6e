using System.CommandLine;

namespace Wire.Cli.Completion;

/// <summary><c>wire completion</c></summary>
internal static class CompletionCommand
{
    private const string Examples = """
        Examples:
          wire completion bash > ~/.local/share/bash-completion/completions/wire
          eval "$(wire completion zsh)"        in ~/.zshrc, below compinit
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "The shell: bash or zsh" };
        shell.AcceptOnlyFromAmong("bash", "zsh");
        var command = new Command("completion", "Prints a script by which a shell completes what is typed behind wire") { shell };
        command.SetExamples(Examples);
        command.SetAction(parsed =>
        {
            Console.Write(Script(parsed.GetRequiredValue(shell)));
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Script(string shell)
    {
        using var stream = typeof(CompletionCommand).Assembly.GetManifestResourceStream($"wire.{shell}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
