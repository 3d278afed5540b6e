using Wire.Storage.Encryption;

namespace Wire.Storage.Tests;

public sealed class KeyRingTests
{
    [Test]
    public void The_key_with_the_highest_number_is_the_newest_wherever_it_stands()
    {
        using var keys = new TestKeys();
        keys.Set("# Wire's keys", "", TestKeys.Line(2), "   " + TestKeys.Line(70000).Replace(" ", " \t ", StringComparison.Ordinal) + "  ", "\t# 9 is gone", TestKeys.Line(1));
        var ring = KeyRing.Load(keys.Path);
        Assert.That(ring.NewestId, Is.EqualTo(70000));
        foreach (var id in (uint[])[1, 2, 70000])
        {
            Assert.That(ring.TryGet(id, out var key), Is.True);
            Assert.That($"{id} {Convert.ToBase64String(key)}", Is.EqualTo(TestKeys.Line((int)id)));
        }
        Assert.That(ring.TryGet(9, out _), Is.False);
        Assert.That(ring.TryGet(0, out _), Is.False);
    }

    [Test]
    public void Lines_may_end_as_on_Windows()
    {
        using var keys = new TestKeys();
        File.WriteAllText(keys.Path, $"# keys\r\n{TestKeys.Line(1)}\r\n\r\n{TestKeys.Line(2)}\r\n");
        Assert.That(KeyRing.Load(keys.Path).NewestId, Is.EqualTo(2));
    }

    [TestCase("nothing but a word")]
    [TestCase("=alone=")]
    [TestCase("one A2Jm")]
    [TestCase("-1 {key}")]
    [TestCase("0 {key}")]
    [TestCase("4294967296 {key}")]
    [TestCase("7 {key}{key}")]
    [TestCase("7 {key} # a remark")]
    [TestCase("7 c2hvcnQ=")]
    [TestCase("7 c2l4dGVlbiBieXRlcyEhIQ==")]
    [TestCase("2 {key}", Description = "a second time")]
    public void A_line_that_is_no_key_is_named_and_not_shown(string line)
    {
        using var keys = new TestKeys();
        var key = TestKeys.Line(7)[2..];
        keys.Set("# keys", TestKeys.Line(2), line.Replace("{key}", key, StringComparison.Ordinal), TestKeys.Line(3));
        var error = Assert.Catch<LogException>(() => KeyRing.Load(keys.Path))!;
        Assert.That(error.Message, Does.Contain($"{keys.Path}, line 3,"));
        foreach (var word in line.Replace("{key}", key, StringComparison.Ordinal).Split(' ').Where(word => word.Length > 8))
            Assert.That(error.ToString(), Does.Not.Contain(word));
    }

    [Test]
    public void A_file_that_is_missing_or_has_no_key_or_is_something_else_is_refused_with_what_to_do()
    {
        using var keys = new TestKeys();
        Assert.That(() => KeyRing.Load(keys.Path), Throws.InstanceOf<LogException>().With.Message.Contains("has no key").And.Message.Contains("openssl rand -base64 32"));
        keys.Set("# none yet");
        Assert.That(() => KeyRing.Load(keys.Path), Throws.InstanceOf<LogException>().With.Message.Contains("has no key"));
        File.WriteAllBytes(keys.Path, new byte[2 << 20]);
        Assert.That(() => KeyRing.Load(keys.Path), Throws.InstanceOf<LogException>().With.Message.Contains("is no key file"));
        File.Delete(keys.Path);
        Assert.That(() => KeyRing.Load(keys.Path), Throws.InstanceOf<LogException>()
            .With.Message.Contains($"{keys.Path} is not there").And.Message.Contains("openssl rand -base64 32"));
        Directory.CreateDirectory(keys.Path);
        Assert.That(() => KeyRing.Load(keys.Path), Throws.InstanceOf<LogException>().With.Message.Contains("cannot be read"));
        Directory.Delete(keys.Path);
    }

    [Test]
    [Platform(Exclude = "Win")]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Whoever_runs_the_server_is_told_that_others_can_read_the_keys()
    {
        using var keys = new TestKeys(1);
        using var folder = new TestFolder();
        var options = folder.Options();
        options.KeyFile = keys.Path;
        foreach (var (mode, isOpen) in new[] { (UnixFileMode.None, false), (UnixFileMode.GroupRead, true), (UnixFileMode.OtherRead, true), (UnixFileMode.OtherWrite, true) })
        {
            File.SetUnixFileMode(keys.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | mode);
            var captured = new CapturedLog();
            await using var open = await folder.OpenAsync(options, logger: captured);
            Assert.That(captured.Has(EventIds.KeyFileExposed), Is.EqualTo(isOpen), $"{mode}");
        }
    }
}
