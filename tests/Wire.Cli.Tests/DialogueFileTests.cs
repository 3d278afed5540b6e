using Wire.Cli.Replay;

namespace Wire.Cli.Tests;

internal sealed class DialogueFileTests
{
    private string _path = "";

    [SetUp]
    public void MakePath() => _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.jsonl");

    [TearDown]
    public void RemoveFile() => File.Delete(_path);

    [Test]
    public void The_real_dialogues_are_read_whole()
    {
        var dialogues = DialogueFile.Read(Path.Combine(AppContext.BaseDirectory, "crosswoz.jsonl"));
        Assert.That(dialogues, Has.Count.EqualTo(500));
        Assert.That(dialogues.Sum(dialogue => dialogue.Turns.Count), Is.EqualTo(8476));
        Assert.That(dialogues[0].Turns[0].Text, Is.EqualTo("你好，我想找一家经济型的酒店，推荐一下。"));
        Assert.That(dialogues[0].Turns[0].Speaker, Is.EqualTo(Speaker.Visitor));
        Assert.That(dialogues[0].Turns[1].Speaker, Is.EqualTo(Speaker.Agent));
    }

    [TestCase("no json", ":2:")]
    [TestCase("[]", ":2:")]
    [TestCase("""{"id": "x"}""", ":2:")]
    [TestCase("""{"id": "x", "turns": []}""", "at least one turn")]
    [TestCase("""{"id": "", "turns": [{"role": "agent", "text": "x"}]}""", "an id is")]
    [TestCase("""{"id": 7, "turns": [{"role": "agent", "text": "x"}]}""", ":2:")]
    [TestCase("""{"id": "x", "turns": [{"role": "bot", "text": "x"}]}""", "not 'bot'")]
    [TestCase("""{"id": "x", "turns": [{"role": "agent"}]}""", ":2:")]
    [TestCase("""{"id": "x", "turns": [{"role": "agent", "text": null}]}""", "has a text")]
    [TestCase("""{"id": "7", "turns": [{"role": "agent", "text": "x"}]}""", "a second time")]
    public void A_line_that_makes_no_sense_is_named(string line, string expected)
    {
        File.WriteAllLines(_path, ["""{"id": "7", "turns": [{"role": "agent", "text": "x"}]}""", line]);
        Assert.That(
            () => DialogueFile.Read(_path),
            Throws.InstanceOf<UsageException>().With.Message.Contains(expected).And.Message.Contains(_path));
    }

    [Test]
    public void A_file_that_is_empty_not_there_or_no_text_is_named()
    {
        Assert.That(() => DialogueFile.Read(_path), Throws.InstanceOf<UsageException>().With.Message.Contains(_path));
        File.WriteAllText(_path, "\n\n");
        Assert.That(() => DialogueFile.Read(_path), Throws.InstanceOf<UsageException>().With.Message.Contains("no dialogue"));
        File.WriteAllBytes(_path, [0x7B, 0xFF, 0xFE, 0x0A]);
        Assert.That(() => DialogueFile.Read(_path), Throws.InstanceOf<UsageException>().With.Message.Contains(_path));
    }
}
