namespace Wire.Storage.Tests;

public sealed class FasterLogConformanceTests : Wire.LogConformance.LogConformance
{
    readonly List<TestFolder> _folders = [];

    protected override IMessageLog Create()
    {
        var folder = new TestFolder();
        _folders.Add(folder);
        var options = folder.Options(pageBytes: 256 << 10, pagesInFile: 4);
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
