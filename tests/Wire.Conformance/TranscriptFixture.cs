using NUnit.Framework;
using Wire.Conformance.Runner;

namespace Wire.Conformance;

/// <summary>
/// Runs every transcript against a host. Derive from it once for each transport: raw TCP, TLS, WebSocket.
/// </summary>
public abstract class TranscriptFixture
{
    /// <summary>The transcripts, each a test of its own.</summary>
    public static IEnumerable<TestCaseData> Transcripts { get; } =
        [.. Transcript.All.Select(one => new TestCaseData(one) { TestName = one.Name })];

    /// <summary>
    /// A host that runs with these settings beside the defaults, or null where this fixture cannot have one: the
    /// transcript is then left out. It is the fixture's to keep and to stop.
    /// </summary>
    protected abstract ValueTask<ITranscriptHost?> HostAsync(IReadOnlyDictionary<string, string> settings);

    /// <summary>How the transcripts are run.</summary>
    protected virtual TranscriptOptions Options { get; } = new();

    /// <summary>Whether the transport can end its sending side alone; where not, transcripts that need it are left out.</summary>
    protected virtual bool CanHalfClose => true;

    /// <summary>Whether the host's log promises level DISK; where not, transcripts that ask for it are left out.</summary>
    protected virtual bool HasDisk => true;

    /// <summary>Runs one.</summary>
    [TestCaseSource(nameof(Transcripts))]
    public async Task Transcript_is_followed(Transcript transcript)
    {
        var host = await HostAsync(transcript.Settings);
        if (host is null || (transcript.NeedsRestart && !host.CanRestart) || (transcript.NeedsHalfClose && !CanHalfClose)
            || (transcript.NeedsDisk && !HasDisk))
        {
            Assert.Ignore("This host, or the way to it, cannot do what the transcript needs.");
            return;
        }

        await new TranscriptRunner(host, Options).RunAsync(transcript, TestContext.CurrentContext.CancellationToken);
    }
}
