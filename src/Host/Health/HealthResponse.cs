using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Wire.Host.Health;

/// <summary>Answers with one line: whether all is well, and if not, why.</summary>
internal static class HealthResponse
{
    public static HealthCheckOptions Of(string checkName) => new()
    {
        Predicate = check => check.Name == checkName,
        ResponseWriter = WriteAsync,
    };

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        var reasons = report.Entries.Values.Select(entry => entry.Description).Where(description => !string.IsNullOrEmpty(description));
        return context.Response.WriteAsync(string.Join(": ", reasons.Prepend(report.Status.ToString())) + "\n");
    }
}
