namespace Wire.Storage.Tests;

[TestFixture(ReadMethod.Map)]
[TestFixture(ReadMethod.Pread)]
public sealed class FasterLogConformanceTests(ReadMethod reads) : Wire.LogConformance.LogConformance
{
    readonly List<TestFolder> _folders = [];

    protected override IMessageLog Create()
    {
        var folder = new TestFolder();
        _folders.Add(folder);
        var options = folder.Options(pageBytes: 256 << 10, pagesInFile: 4);
        options.Reads = reads;
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
