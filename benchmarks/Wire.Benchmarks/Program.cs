using BenchmarkDotNet.Running;
using Wire.Benchmarks.Gate;

if (args is ["gate", .. var classes])
    return AllocationGate.Run(classes);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
