namespace Wire.Storage.Tests;

/// <summary>What becomes of an operation.</summary>
/// <param name="Error">What is thrown; null: nothing, the operation does only a part.</param>
/// <param name="Part">Of a write, how much of it is done before that, from 0 to 1.</param>
internal sealed record FileFault(Func<Exception>? Error, double Part = 0)
{
    public static readonly FileFault Broken = new(() => new IOException("Input/output error (injected)"));
    public static readonly FileFault BrokenAfterAPart = Broken with { Part = 0.4 };
    public static readonly FileFault Short = new(null, 0.4);
    public static readonly FileFault TakesNothing = new(Error: null);
}
