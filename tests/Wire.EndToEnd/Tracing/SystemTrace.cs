using System.Globalization;
using System.Text.RegularExpressions;

namespace Wire.EndToEnd.Tracing;

/// <summary>
/// What strace has written of a process and its threads. A call that takes its time is in two lines, where it began and where it
/// returned. A thread stands still at each of them until strace has written it, so what follows from a return comes after it.
/// </summary>
internal sealed partial class SystemTrace
{
    private readonly List<SystemCall> _calls = [];

    private SystemTrace()
    {
    }

    /// <summary>The calls in the order in which they began.</summary>
    internal IReadOnlyList<SystemCall> Calls => _calls;

    /// <summary>Arguments of strace for a trace that this reads; the calls are added to them.</summary>
    internal static IReadOnlyList<string> Command(string output, string calls) =>
        ["strace", "-D", "-f", "--seccomp-bpf", "-q", "-xx", "-s", "8192", "-e", $"trace={calls}", "-e", "signal=none", "-o", output];

    /// <summary>Whether it is written to the process's end.</summary>
    internal static bool IsWhole(string file, int processId) =>
        File.ReadLines(file).Any(line => line.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{processId} "), StringComparison.Ordinal) && line.Contains("+++ exited", StringComparison.Ordinal));

    internal static SystemTrace Read(string file)
    {
        var trace = new SystemTrace();
        var open = new Dictionary<string, SystemCall>();
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (Began().Match(line) is { Success: true } began)
            {
                var call = new SystemCall(began.Groups["name"].Value, int.Parse(began.Groups["fd"].ValueSpan, CultureInfo.InvariantCulture), number, BytesIn(line));
                trace._calls.Add(call);
                if (Returned().Match(line) is { Success: true } result)
                {
                    call.Return(number, result.Groups["result"].Value);
                }
                else
                {
                    open[began.Groups["thread"].Value] = call;
                }
            }
            else if (Resumed().Match(line) is { Success: true } resumed && open.Remove(resumed.Groups["thread"].Value, out var call))
            {
                call.Return(number, resumed.Groups["result"].Value);
            }
        }

        return trace;
    }

    private static byte[] BytesIn(string line) =>
        [.. HexString().Matches(line).SelectMany(one => Convert.FromHexString(one.Groups[1].Value.Replace("\\x", "", StringComparison.Ordinal)))];

    [GeneratedRegex(@"^(?<thread>\d+)\s+(?<name>\w+)\((?<fd>\d+)")]
    private static partial Regex Began();

    [GeneratedRegex(@"= (?<result>-?\d+)[^=]*$")]
    private static partial Regex Returned();

    [GeneratedRegex(@"^(?<thread>\d+)\s+<\.\.\. \w+ resumed>.*= (?<result>-?\d+)[^=]*$")]
    private static partial Regex Resumed();

    [GeneratedRegex("\"((?:\\\\x[0-9a-f]{2})+)\"")]
    private static partial Regex HexString();
}
