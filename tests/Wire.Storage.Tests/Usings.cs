global using NUnit.Framework;
global using Wire.Diagnostics;
global using Wire.Log;
global using Wire.LogConformance;
