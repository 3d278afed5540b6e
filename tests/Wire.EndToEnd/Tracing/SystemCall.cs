using System.Globalization;

namespace Wire.EndToEnd.Tracing;

/// <param name="name">The call's name.</param>
/// <param name="file">The descriptor that it is about.</param>
/// <param name="began">The line of the trace in which it began.</param>
/// <param name="bytes">The bytes that were handed over, as far as the trace has them.</param>
internal sealed class SystemCall(string name, int file, int began, byte[] bytes)
{
    internal string Name => name;

    internal int File => file;

    internal int Began => began;

    internal byte[] Bytes => bytes;

    /// <summary>The line in which it returned; none where the process had ended before.</summary>
    internal int Returned { get; private set; } = int.MaxValue;

    internal long Result { get; private set; } = -1;

    public override string ToString() => $"{name}({file}) in the lines {began} to {Returned}";

    internal void Return(int line, string result) => (Returned, Result) = (line, long.Parse(result, CultureInfo.InvariantCulture));
}
