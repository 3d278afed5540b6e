using BenchmarkDotNet.Running;
using Wire.Benchmarks.Gate;

if (args is ["gate", .. var classes])
    return AllocationGate.Run(classes);
var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
