namespace Wire.Load.Report.Sections;

/// <summary>A row of the table of stages.</summary>
/// <param name="What">The stage.</param>
/// <param name="Class">Its benchmarks.</param>
/// <param name="Parameters">Their parameter.</param>
/// <param name="Methods">What Wire does.</param>
internal sealed record StageRow(string What, string Class, string Parameters, params string[] Methods)
{
    /// <summary>The least that it must cost: what it is, and its method; null where nothing is comparable.</summary>
    public (string What, string Method)? Least { get; init; }

    /// <summary>What is shown beside it; parameters are those of the row where none are named.</summary>
    public IReadOnlyList<(string What, string Method, string? Parameters)> Beside { get; init; } = [];

    /// <summary>All that it shows, as <c>AckBenchmarks.Write(SessionIdBytes=16)</c>.</summary>
    public IEnumerable<string> Names() =>
        from shown in Methods.Select(method => (Method: method, Parameters: (string?)null))
            .Concat(Least is { } least ? [(least.Method, null)] : [])
            .Concat(Beside.Select(beside => (beside.Method, beside.Parameters)))
        select $"{Class}.{shown.Method}({shown.Parameters ?? Parameters})";
}
