global using NUnit.Framework;
global using Wire.Log;
global using Wire.LogConformance;
