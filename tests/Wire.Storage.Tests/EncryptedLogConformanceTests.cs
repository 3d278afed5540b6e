namespace Wire.Storage.Tests;

public sealed class EncryptedLogConformanceTests : Wire.LogConformance.LogConformance
{
    readonly List<IDisposable> _folders = [];

    protected override IMessageLog Create()
    {
        var folder = new TestFolder();
        var keys = new TestKeys(1);
        _folders.AddRange([folder, keys]);
        var options = folder.Options(pageBytes: 256 << 10, pagesInFile: 4);
        options.KeyFile = keys.Path;
        return folder.Create(options);
    }

    [TearDown]
    public void DeleteFolders()
    {
        foreach (var folder in _folders)
            folder.Dispose();
        _folders.Clear();
    }
}
