using Wire.Log;

namespace Wire.Tests.Log;

public sealed class InMemoryLogConformanceTests : Wire.LogConformance.LogConformance
{
    protected override IMessageLog Create() => new InMemoryMessageLog();
}
