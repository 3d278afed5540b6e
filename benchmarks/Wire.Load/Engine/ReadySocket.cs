namespace Wire.Load.Engine;

/// <summary>A socket that <see cref="IPoller.Wait"/> found ready.</summary>
internal readonly record struct ReadySocket(int Index, bool Readable, bool Writable);
