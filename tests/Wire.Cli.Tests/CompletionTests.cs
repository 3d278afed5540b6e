using System.Diagnostics;
using Wire.Cli.Completion;

namespace Wire.Cli.Tests;

/// <summary>What may come next on a command line, and the scripts by which shells ask.</summary>
internal sealed class CompletionTests
{
    private static readonly string[] Commands = ["completion", "history", "load", "log", "publish", "replay", "tail"];

    private string _folder = null!;

    // Bash is there wherever .ci runs; zsh where somebody has it.
    private static IEnumerable<string> Shells() => new[] { "bash", "zsh" }.Where(shell => shell == "bash" || PathOf(shell) is not null);

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("wire-completion").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("wire pub", new[] { "publish" })]
    [TestCase("  ./tools/wire pub", new[] { "publish" })]
    [TestCase("wire load --durability ", new[] { "Default", "Disk", "Memory" })]
    [TestCase("wire load --durability Di", new[] { "Disk" })]
    [TestCase("wire completion ", new[] { "bash", "zsh" })]
    [TestCase("wire history s --lim", new[] { "--limit" })]
    [TestCase("wire log ", new[] { "dump", "salvage", "stat", "trace", "verify" })]
    [TestCase("wire log verify ", new string[0], Description = "a folder")]
    [TestCase("wire log dump f --se", new[] { "--session" })]
    [TestCase("wire publish room-1 @someone --j", new[] { "--json" })]
    [TestCase("wire", new string[0])]
    [TestCase("wire no-such-", new string[0])]
    [TestCase("wire replay ", new string[0], Description = "a file")]
    [TestCase("wire tail ", new string[0], Description = "a session")]
    public void Candidates_are_what_may_come_next(string line, string[] expected)
        => Assert.That(CompleteCommand.Candidates(line), Is.EqualTo(expected));

    [Test]
    public void Every_command_and_every_option_is_a_candidate()
    {
        Assert.That(CompleteCommand.Candidates("wire "), Is.EqualTo(Commands));
        foreach (var command in Commands.Except(["completion", "log"], StringComparer.Ordinal))
        {
            var options = CompleteCommand.Candidates($"wire {command} -").ToList();
            Assert.That(options, Is.SupersetOf(new[] { "--help", "--host", "--json", "--port", "--token" }), command);
        }
    }

    [TestCaseSource(nameof(Shells))]
    public async Task The_script_of_a_shell_offers_what_the_tool_says(string shell)
    {
        Assert.That(await AskAsync(shell, "wire", "pub"), Is.EqualTo(new[] { "publish" }));
        Assert.That(await AskAsync(shell, "wire", "load", "--durability", ""), Is.EqualTo(new[] { "Default", "Disk", "Memory" }));
        Assert.That(await AskAsync(shell, "wire", "replay", ""), Is.Empty, "the shell's own files");
    }

    [TestCaseSource(nameof(Shells))]
    public async Task The_script_of_a_shell_registers_itself(string shell)
    {
        var (exitCode, output, error) = await RunAsync(shell, shell switch
        {
            "bash" => "complete -p wire",
            _ => "echo $registered",
        });
        Assert.That(exitCode, Is.Zero, error);
        Assert.That(output, Does.Contain("_wire").And.Contain(" wire"));
        Assert.That(error, Is.Empty);
    }

    private static string? PathOf(string program)
        => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    // Sets what the shell would set when its user asks for candidates, and calls what it would call.
    private async Task<string[]> AskAsync(string shell, params string[] words)
    {
        var quoted = string.Join(' ', words.Select(word => $"'{word}'"));
        var (exitCode, output, error) = await RunAsync(shell, shell switch
        {
            "bash" => $"""
                COMP_WORDS=({quoted}); COMP_CWORD=$(({words.Length} - 1)); COMP_LINE='{string.Join(' ', words)} | more'
                COMP_POINT={string.Join(' ', words).Length}
                _wire
                printf '%s\n' "${"{COMPREPLY[@]}"}"
                """,
            _ => $"""
                words=({quoted} 'and more'); CURRENT={words.Length}
                _wire
                """,
        });
        Assert.That(exitCode, Is.Zero, error);
        Assert.That(error, Is.Empty);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    // In a shell that has sourced the script, with the tool on its path. What zsh has only while somebody types is told here.
    private async Task<(int ExitCode, string Output, string Error)> RunAsync(string shell, string commands)
    {
        var (exitCode, script, error) = await Tool.RunAsync($"completion {shell}");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok), error);
        await File.WriteAllTextAsync(Path.Combine(_folder, "script"), script);
        var tool = Path.Combine(_folder, "wire");
        await File.WriteAllTextAsync(tool, $"#!/bin/sh\nexec dotnet exec '{Tool.Dll}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var stubs = shell == "zsh"
            ? "compdef() { registered=\"$*\" }; compadd() { shift; print -l -- \"$@\" }; _files() { }\n"
            : "";
        var start = new ProcessStartInfo(shell);
        foreach (var argument in shell == "zsh" ? new[] { "-f" } : ["--norc", "--noprofile"])
            start.ArgumentList.Add(argument);
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"{stubs}. '{_folder}/script'\n{commands}");
        start.Environment["PATH"] = $"{_folder}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        return await Tool.RunAsync(start);
    }
}
