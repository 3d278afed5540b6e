namespace Wire.Benchmarks.Gate;

/// <summary>
/// The check of a benchmark's answers in its set-up. The gate counts them: a class that never asks is refused.
/// </summary>
internal static class Answer
{
    private static int _checks;

    /// <summary>Answers that were checked in this process.</summary>
    public static int Checks => Volatile.Read(ref _checks);

    /// <summary>Throws where the answer is not what it must be.</summary>
    public static void MustBe<T>(T expected, T answer, string what)
    {
        Interlocked.Increment(ref _checks);
        if (!EqualityComparer<T>.Default.Equals(expected, answer))
            throw new InvalidOperationException($"{what}: {answer}, and it must be {expected}.");
    }

    /// <inheritdoc cref="MustBe{T}(T, T, string)"/>
    public static void MustBe(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> answer, string what)
        => MustBe(true, expected.SequenceEqual(answer), what + " is right");
}
