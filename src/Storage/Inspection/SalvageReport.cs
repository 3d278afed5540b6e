namespace Wire.Storage.Inspection;

/// <summary>What was copied out of a damaged folder, and what was not.</summary>
/// <param name="Source">What is in the folder, its faults, and what is lost.</param>
/// <param name="Result">What is in the new one, read once more.</param>
/// <param name="Broken">Sessions of which something was lost or not copied.</param>
internal sealed record SalvageReport(LogReport Source, LogReport Result, IReadOnlyList<SalvagedSession> Broken)
{
    /// <summary>Whether everything was copied.</summary>
    public bool IsComplete => Source.FaultCount == 0 && Broken.Count == 0;
}
