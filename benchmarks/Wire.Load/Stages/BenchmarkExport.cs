using System.Text.Json;

namespace Wire.Load.Stages;

/// <summary>BenchmarkDotNet's full JSON export, a file for each class: what of it is kept.</summary>
internal static class BenchmarkExport
{
    /// <summary>Reads all exports of a folder.</summary>
    /// <exception cref="LoadFailureException">There is none, or a benchmark has no result.</exception>
    public static IReadOnlyList<StageResult> Read(string folder)
    {
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*-report-full.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList() : [];
        if (files.Count == 0)
            throw new LoadFailureException("BenchmarkDotNet wrote no results; what it said is above.");
        return [.. files.SelectMany(path => Parse(File.ReadAllText(path)))];
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="LoadFailureException">A benchmark has no result, or it is something else.</exception>
    public static IReadOnlyList<StageResult> Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return [.. document.RootElement.GetProperty("Benchmarks").EnumerateArray().Select(Read)];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new LoadFailureException($"An export of BenchmarkDotNet's is not as it was when this was written: {e.Message}", e);
        }
    }

    private static StageResult Read(JsonElement benchmark)
    {
        var statistics = benchmark.GetProperty("Statistics");
        if (statistics.ValueKind == JsonValueKind.Null)
            throw new LoadFailureException($"{benchmark.GetProperty("FullName").GetString()} has no result; what BenchmarkDotNet said is above.");
        var allocated = benchmark.TryGetProperty("Memory", out var memory) ? memory.GetProperty("BytesAllocatedPerOperation") : default;
        return new StageResult(
            benchmark.GetProperty("Type").GetString()!,
            benchmark.GetProperty("Method").GetString()!,
            benchmark.GetProperty("Parameters").GetString()!,
            statistics.GetProperty("N").GetInt32(),
            statistics.GetProperty("Min").GetDouble(),
            statistics.GetProperty("Median").GetDouble(),
            statistics.GetProperty("Max").GetDouble(),
            allocated.ValueKind == JsonValueKind.Number ? allocated.GetInt64() : null);
    }
}
