using NUnit.Framework;
using Wire.Load.History;

namespace Wire.Load.Tests.History;

/// <summary>The whole measurement, small: a real server that is filled, asked, cooled and asked again.</summary>
[TestFixture]
[Category("Long")]
internal sealed class HistoryProgramTests
{
    [Test]
    public async Task Sessions_are_stored_and_their_newest_messages_come_back_from_memory_and_from_the_disk()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"wire-history-test-{Environment.ProcessId}");
        var output = new StringWriter();
        var exitCode = await HistoryProgram.RunAsync(
            new HistorySettings
            {
                DataPath = folder,
                Sessions = 300,
                Messages = 25,
                Connections = 4,
                Repeats = 1,
                Window = TimeSpan.FromSeconds(0.3),
                WarmUp = TimeSpan.FromSeconds(0.3),
                IsCold = true,
                Large = 3000,
            },
            output,
            CancellationToken.None);
        Assert.That(exitCode, Is.Zero);
        Assert.That(output.ToString(), Does.Contain("warm: ").And.Contain("cold: ").And.Contain("caches ").And.Contain("catch-up from 1 in"));
        Assert.That(Directory.Exists(folder), Is.False);
    }
}
