using Spectre.Console;

namespace Wire.Cli.Replay;

/// <summary>Shows a replay while it runs: as bars on a terminal, as lines elsewhere.</summary>
internal static class ReplayDisplay
{
    private static readonly TimeSpan BarInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(2);

    public static Task<ReplayReport> ShowAsync(
        ReplayRun run, TextWriter output, bool isTerminal, CancellationToken cancellationToken)
        => isTerminal ? ShowBarsAsync(run, output, cancellationToken) : ShowLinesAsync(run, output, cancellationToken);

    private static async Task<ReplayReport> ShowBarsAsync(ReplayRun run, TextWriter output, CancellationToken cancellationToken)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        return await console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                var progress = run.Progress;
                var spoken = context.AddTask("spoken", maxValue: progress.Messages);
                var back = context.AddTask("read back", maxValue: progress.Dialogues);
                var running = run.RunAsync(cancellationToken);
                while (await Task.WhenAny(running, Task.Delay(BarInterval, CancellationToken.None)) != running)
                    Update();
                Update();
                return await running;

                void Update()
                {
                    spoken.Value = progress.Spoken;
                    spoken.Description = $"spoken {progress.Spoken,7} of {progress.Messages}";
                    back.Value = progress.CheckedDialogues;
                    back.Description = $"read back {progress.Checked,4} of {progress.Messages}";
                }
            });
    }

    private static async Task<ReplayReport> ShowLinesAsync(ReplayRun run, TextWriter output, CancellationToken cancellationToken)
    {
        var running = run.RunAsync(cancellationToken);
        while (await Task.WhenAny(running, Task.Delay(LineInterval, CancellationToken.None)) != running)
        {
            var progress = run.Progress;
            await output.WriteLineAsync($"spoken {progress.Spoken} of {progress.Messages}, read back {progress.Checked}");
        }
        return await running;
    }
}
