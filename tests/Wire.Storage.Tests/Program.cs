using System.Globalization;
using Wire.Storage.Tests;

// The processes that tests start.
switch (args)
{
    // Appends until it is killed, and prints the number of the newest record that is durable.
    case ["append", var folder, var first]:
        await KillTests.AppendForeverAsync(folder, long.Parse(first, CultureInfo.InvariantCulture));
        return 0;

    // Fills the small disk that it is given.
    case ["fill", var disk]:
        await FullDiskTests.FillAsync(disk);
        return 0;

    default:
        Console.Error.WriteLine("usage: append FOLDER FIRST | fill DISK");
        return 2;
}
