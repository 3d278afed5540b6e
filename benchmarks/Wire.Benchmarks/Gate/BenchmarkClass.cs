using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Wire.Benchmarks.Gate;

/// <summary>What every class of the suite must have; what it lacks is a fault of the gate.</summary>
internal static class BenchmarkClass
{
    public static IEnumerable<Type> All() => typeof(BenchmarkClass).Assembly.GetTypes()
        .Where(type => Benchmarks(type).Any())
        .OrderBy(type => type.Name, StringComparer.Ordinal);

    public static IEnumerable<string> Faults(Type type)
    {
        if (type.GetCustomAttribute<MemoryDiagnoserAttribute>() is null)
            yield return $"{type.Name} has no [MemoryDiagnoser]";
        // In the gate's own process nobody waits for a task of a set-up, and an exception in it is nobody's.
        if (type.GetMethods().Count(method => method.IsDefined(typeof(GlobalSetupAttribute)) && method.ReturnType == typeof(void)) != 1)
            yield return $"{type.Name} has no [GlobalSetup] without a task, which is where its answers are checked";
        if (Benchmarks(type).Count(method => method.GetCustomAttribute<BenchmarkAttribute>()!.Baseline) != 1)
            yield return $"{type.Name} must have one benchmark that is the baseline";
        if (type.GetProperties().Select(property => property.GetCustomAttribute<ParamsAttribute>()).Where(values => values is not null).ToArray() is not [{ } values])
        {
            yield return $"{type.Name} must have one parameter, by which its cost grows";
            yield break;
        }
        var allowed = Benchmarks(type).SelectMany(method => method.GetCustomAttributes<AllocatesAttribute>()).ToArray();
        if (allowed.Length == 0)
            yield return $"{type.Name} has no benchmark with [Allocates]";
        foreach (var line in allowed.Where(line => line.At is not null && !values.Values.Contains(line.At)))
            yield return $"{type.Name} has an [Allocates] at {line.At}, which is no value of its parameter";
    }

    private static IEnumerable<MethodInfo> Benchmarks(Type type) => type.GetMethods().Where(method => method.IsDefined(typeof(BenchmarkAttribute)));
}
