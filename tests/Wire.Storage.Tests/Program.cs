using System.Globalization;
using Wire.Storage.Tests;

// The process that KillTests starts and kills: it appends, and prints the number of the newest record that is durable.
if (args is not ["append", var path, var first])
{
    Console.Error.WriteLine("usage: append FOLDER FIRST");
    return 2;
}
await KillTests.AppendForeverAsync(path, long.Parse(first, CultureInfo.InvariantCulture));
return 0;
