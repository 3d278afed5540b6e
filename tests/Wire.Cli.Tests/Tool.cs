using System.Diagnostics;
using System.Text;

namespace Wire.Cli.Tests;

/// <summary>Runs programs: the tool as it was built, and shells that call it.</summary>
internal static class Tool
{
    public static string Dll { get; } = Path.Combine(AppContext.BaseDirectory, "Wire.Cli.dll");

    /// <summary>Runs the tool with a command line.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(string arguments, string input = "")
        => RunAsync(new ProcessStartInfo("dotnet", $"exec \"{Dll}\" {arguments}"), input);

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(ProcessStartInfo start, string input = "")
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        start.StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        start.StandardOutputEncoding = Encoding.UTF8;
        start.StandardErrorEncoding = Encoding.UTF8;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading what it was given.
        }
        await Task.WhenAll(output, error, process.WaitForExitAsync()).WaitAsync(TimeSpan.FromMinutes(2));
        return (process.ExitCode, await output, await error);
    }
}
