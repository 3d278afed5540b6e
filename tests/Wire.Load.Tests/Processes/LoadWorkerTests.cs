using System.Text.Json;
using NUnit.Framework;
using Wire.Load.Processes;
using Wire.Load.Tests.Engine;

namespace Wire.Load.Tests.Processes;

[TestFixture]
internal sealed class LoadWorkerTests
{
    [Test]
    public void A_plan_is_the_same_in_another_process()
    {
        var plan = LoadRunTests.Plan with { FirstConnection = 3, OwnConnections = 2, Connections = 9, Sessions = 12, Rate = 1.5, Timeout = TimeSpan.FromSeconds(3) };
        var line = JsonSerializer.Serialize(plan, WorkerJson.Default.LoadPlan);

        Assert.That(line, Does.Not.Contain("\n"));
        Assert.That(JsonSerializer.Deserialize(line, WorkerJson.Default.LoadPlan), Is.EqualTo(plan));
    }

    [Test]
    public void What_a_client_cannot_do_is_answered_and_not_the_end()
    {
        using var worker = new LoadWorker();
        var answers = new StringWriter();
        worker.Answer(new StringReader("open\nplan {}\nopen"), answers);

        var failures = answers.ToString().Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Failure").GetString()).ToList();
        Assert.That(failures, Has.Count.EqualTo(3));
        Assert.That(failures[0], Is.EqualTo("The client was told 'open' and has no plan."));
        Assert.That(failures[1], Does.Contain("EndPoint"));
        Assert.That(failures[2], Is.EqualTo(failures[0]));
    }
}
