using System.Diagnostics;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Wire.Tests.Sessions.Model;

/// <summary>
/// The invariant at the head of docs/protocol.md, under random publishers, lost answers, refusals, takeovers, evictions,
/// restarts and crashes. <c>WIRE_MODEL_CASES</c> sets how many cases run, <c>WIRE_MODEL_SEED</c> with which seed.
/// </summary>
internal sealed class InvariantTests
{
    private const int DefaultCases = 25;
    private const int MaxShrinks = 300;

    // A case that hangs takes the deadline of its frames each time: it is made smaller only for so long.
    private static readonly TimeSpan MaxShrinkTime = TimeSpan.FromMinutes(2);

    private static readonly Gen<StepKind> Kinds = Gen.Frequency(
        (30, Gen.Constant(StepKind.Publish)), (10, Gen.Constant(StepKind.PublishWidely)), (6, Gen.Constant(StepKind.PublishConditionally)),
        (2, Gen.Constant(StepKind.PublishInvalid)), (2, Gen.Constant(StepKind.Repeat)), (15, Gen.Constant(StepKind.Receive)),
        (10, Gen.Constant(StepKind.ReceiveAll)), (6, Gen.Constant(StepKind.Reconnect)), (6, Gen.Constant(StepKind.TakeOver)),
        (9, Gen.Constant(StepKind.Subscribe)), (2, Gen.Constant(StepKind.Unsubscribe)), (6, Gen.Constant(StepKind.Fetch)),
        (3, Gen.Constant(StepKind.Stall)), (15, Gen.Constant(StepKind.Flush)), (4, Gen.Constant(StepKind.FlushAll)),
        (3, Gen.Constant(StepKind.FlushMode)), (4, Gen.Constant(StepKind.Busy)), (2, Gen.Constant(StepKind.Refuse)),
        (1, Gen.Constant(StepKind.Fail)), (3, Gen.Constant(StepKind.HoldReads)), (4, Gen.Constant(StepKind.Retire)), (6, Gen.Constant(StepKind.Settle)),
        (2, Gen.Constant(StepKind.Clock)), (1, Gen.Constant(StepKind.Restart)), (3, Gen.Constant(StepKind.Crash)));

    private static readonly Gen<ModelStep> Steps =
        from kind in Kinds
        from a in Gen.Choose(0, 1000)
        from b in Gen.Choose(0, 1000)
        from c in Gen.Choose(0, 1000)
        select new ModelStep(kind, a, b, c);

    private static readonly Gen<ModelSettings> Settings =
        from workers in Gen.Choose(1, 3)
        from loaded in Gen.Elements(1, 3, 100)
        from ring in Gen.Elements(0L, 1 << 20)
        from mark in Gen.Elements(200, 2000, 64 * 1024)
        from refuses in Gen.Elements(true, false)
        select new ModelSettings(workers, loaded, ring, mark, refuses);

    private int _shrinks;
    private long _shrinksSince;

    [Test]
    public void Each_publish_is_stored_exactly_once_or_refused_whatever_happens()
    {
        var cases =
            from settings in Settings
            from length in Gen.Choose(50, 600)
            from steps in Steps.ArrayOf(length)
            select new Case(settings, steps);
        var before = ModelRun.Published;
        var config = Config.QuickThrowOnFailure.WithMaxTest(Number("WIRE_MODEL_CASES", DefaultCases)).WithReplay((ulong)Number("WIRE_MODEL_SEED", 20260601), 1);
        Prop.ForAll(Arb.From(cases, Shrink), c => ModelRun.CheckAsync(c.Settings, c.Steps).GetAwaiter().GetResult()).Check(config);
        TestContext.Out.WriteLine($"{ModelRun.Published - before} publishes");
    }

    // Without a half, a quarter, …, a step.
    private IEnumerable<Case> Shrink(Case failed)
    {
        for (var length = failed.Steps.Length / 2; length > 0; length /= 2)
        {
            for (var at = 0; at + length <= failed.Steps.Length; at += length)
            {
                if (_shrinks++ == 0)
                    _shrinksSince = Stopwatch.GetTimestamp();
                if (_shrinks > MaxShrinks || Stopwatch.GetElapsedTime(_shrinksSince) > MaxShrinkTime)
                    yield break;
                yield return failed with { Steps = [.. failed.Steps[..at], .. failed.Steps[(at + length)..]] };
            }
        }
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private sealed record Case(ModelSettings Settings, ModelStep[] Steps)
    {
        public override string ToString() => $"{Settings}: {string.Join<ModelStep>(' ', Steps)}";
    }
}
