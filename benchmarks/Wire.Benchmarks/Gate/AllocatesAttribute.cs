namespace Wire.Benchmarks.Gate;

/// <summary>The managed bytes that one call of a benchmark allocates, on all threads together: held by <see cref="AllocationGate"/>.</summary>
/// <param name="bytes">
/// A call is <c>OperationsPerInvoke</c> operations. BenchmarkDotNet's own figure is for each of these and rounded to whole bytes:
/// there an object for a batch of 256 messages would be nothing.
/// </param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AllocatesAttribute(long bytes) : Attribute
{
    public long Bytes => bytes;

    /// <summary>The value of the class's parameter for which it holds; null: the first and the last, where these have no line of their own.</summary>
    public object? At { get; set; }
}
