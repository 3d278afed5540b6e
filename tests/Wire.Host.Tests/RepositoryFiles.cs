using System.Reflection;

namespace Wire.Host.Tests;

/// <summary>Files beside the tests that they look at: documents, the sample as it was built.</summary>
internal static class RepositoryFiles
{
    public static string Of(string place, string file)
    {
        var folder = typeof(RepositoryFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == place).Value!;
        return Path.Combine(folder, file);
    }
}
