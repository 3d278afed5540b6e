namespace Wire.Load.Stages;

/// <summary>One benchmark.</summary>
/// <param name="Class">Its class, which is its stage.</param>
/// <param name="Method">Its method.</param>
/// <param name="Parameters">The class's parameter and its value, as <c>PayloadBytes=64</c>.</param>
/// <param name="Iterations">How often it was measured.</param>
/// <param name="LowestNanoseconds">The shortest time of an operation: on a machine with other work the one that says most.</param>
/// <param name="MedianNanoseconds">The median.</param>
/// <param name="HighestNanoseconds">The longest.</param>
/// <param name="AllocatedBytes">Managed bytes that an operation allocated; null where that was not measured.</param>
internal sealed record StageResult(
    string Class,
    string Method,
    string Parameters,
    int Iterations,
    double LowestNanoseconds,
    double MedianNanoseconds,
    double HighestNanoseconds,
    long? AllocatedBytes)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Class}.{Method}({Parameters})";
}
