using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Wire.Host.Settings;
using Wire.Storage;

namespace Wire.Host.Tests.Settings;

public sealed class SettingsTests
{
    // Each key, a value other than the default, and where it must arrive.
    private static readonly (string Key, string Value, Func<WireOptions, object> Read)[] Keys =
    [
        ("NodeId", "7", options => options.NodeId),
        ("Workers", "3", options => options.Workers),
        ("Tcp:Address", "0.0.0.0", options => options.Tcp.Address),
        ("Tcp:Port", "7500", options => options.Tcp.Port),
        ("Http:Address", "::1", options => options.Http.Address),
        ("Http:Port", "7580", options => options.Http.Port),
        ("Storage:Path", "elsewhere", options => options.Storage.Path),
        ("Storage:Durability", "Memory", options => options.Storage.Durability),
        ("Storage:SegmentBytes", "50000000", options => options.Storage.SegmentBytes),
        ("Storage:SegmentAge", "01:00:00", options => options.Storage.SegmentAge),
        ("Storage:PageBytes", "8388608", options => options.Storage.PageBytes),
        ("Storage:RetainAge", "1.00:00:00", options => options.Storage.RetainAge ?? TimeSpan.Zero),
        ("Storage:RetainBytes", "5000000000", options => options.Storage.RetainBytes ?? 0),
        ("Storage:MinFreeBytes", "5", options => options.Storage.MinFreeBytes),
        ("Storage:Reads", "Pread", options => options.Storage.Reads),
        ("Storage:CompactAfter", "1.00:00:00", options => options.Storage.CompactAfter ?? TimeSpan.Zero),
        ("Storage:Encryption:KeyFile", "wire.keys", options => options.Storage.Encryption.KeyFile ?? ""),
        ("Storage:Encryption:Enabled", "False", options => options.Storage.Encryption.Enabled),
        ("Limits:MaxFrameBytes", "65536", options => options.Limits.MaxFrameBytes),
        ("Limits:HandshakeTimeout", "00:00:02", options => options.Limits.HandshakeTimeout),
        ("Limits:PingInterval", "00:00:30", options => options.Limits.PingInterval),
        ("Limits:MaxConnections", "10", options => options.Limits.MaxConnections),
        ("Limits:OutboxBytes", "65536", options => options.Limits.OutboxBytes),
        ("Limits:BufferBytes", "1000000", options => options.Limits.BufferBytes),
        ("Sessions:ForgetAfter", "10.00:00:00", options => options.Sessions.ForgetAfter),
        ("Sessions:Loaded", "5000", options => options.Sessions.Loaded),
        ("Sessions:RingBytes", "5000000", options => options.Sessions.RingBytes),
        ("Auth:Mode", "None", options => options.Auth.Mode),
        ("Dispatch:Mode", "Echo", options => options.Dispatch.Mode),
    ];

    [Test]
    public void Without_any_setting_the_defaults_hold_and_are_valid()
    {
        var options = Read();
        Assert.Multiple(() =>
        {
            Assert.That(options.NodeId, Is.EqualTo(1));
            Assert.That(options.Workers, Is.Zero);
            Assert.That(options.Tcp.Address, Is.EqualTo("127.0.0.1"));
            Assert.That(options.Tcp.Port, Is.EqualTo(7400));
            Assert.That(options.Http.Address, Is.EqualTo("127.0.0.1"));
            Assert.That(options.Http.Port, Is.EqualTo(7480));
            Assert.That(options.Storage.Path, Is.EqualTo("wire-data"));
            Assert.That(options.Storage.Durability, Is.EqualTo(DurabilityLevel.Disk));
            Assert.That(options.Storage.SegmentBytes, Is.EqualTo(200_000_000));
            Assert.That(options.Storage.SegmentAge, Is.EqualTo(TimeSpan.FromHours(2)));
            Assert.That(options.Storage.PageBytes, Is.EqualTo(4_194_304));
            Assert.That(options.Storage.RetainAge, Is.Null);
            Assert.That(options.Storage.RetainBytes, Is.Null);
            Assert.That(options.Sessions.ForgetAfter, Is.EqualTo(TimeSpan.FromDays(30)));
            Assert.That(options.Storage.MinFreeBytes, Is.EqualTo(1_073_741_824));
            Assert.That(options.Storage.Reads, Is.EqualTo(ReadMethod.Map));
            Assert.That(options.Storage.CompactAfter, Is.Null);
            Assert.That(options.Storage.Encryption.KeyFile, Is.Null);
            Assert.That(options.Storage.Encryption.Enabled, Is.True);
            Assert.That(options.Limits.MaxFrameBytes, Is.EqualTo(1_048_576));
            Assert.That(options.Limits.HandshakeTimeout, Is.EqualTo(TimeSpan.FromSeconds(5)));
            Assert.That(options.Limits.PingInterval, Is.EqualTo(TimeSpan.FromSeconds(15)));
            Assert.That(options.Limits.MaxConnections, Is.EqualTo(100_000));
            Assert.That(options.Limits.OutboxBytes, Is.EqualTo(262_144));
            Assert.That(options.Limits.BufferBytes, Is.EqualTo(1_073_741_824));
            Assert.That(options.Sessions.Loaded, Is.EqualTo(200_000));
            Assert.That(options.Sessions.RingBytes, Is.EqualTo(268_435_456));
            Assert.That(options.Auth.Mode, Is.EqualTo(AuthMode.Loopback));
            Assert.That(options.Dispatch.Mode, Is.EqualTo(DispatchMode.Off));
        });
    }

    [Test]
    public void Every_key_arrives_at_its_option()
    {
        var defaults = new WireOptions();
        var options = Read(Keys.Select(key => ($"Wire:{key.Key}", key.Value)).ToArray());
        foreach (var (key, value, read) in Keys)
        {
            var text = read(options) is IFormattable formattable ? formattable.ToString(null, null) : read(options).ToString();
            Assert.That(text, Is.EqualTo(value), key);
            Assert.That(read(options), Is.Not.EqualTo(read(defaults)), $"{key}: the test sets the default");
        }
    }

    [Test]
    public void Every_key_is_tested_here_and_explained_in_the_documents()
    {
        var known = WireSettings.Keys.ToArray();
        Assert.That(Keys.Select(key => key.Key), Is.EquivalentTo(known));
        var page = File.ReadAllText(RepositoryFiles.Of("Docs", "operations.md"));
        foreach (var key in known)
            Assert.That(page, Does.Contain($"| `Wire:{key}` |"), "docs/operations.md has no row for it");
    }

    [Test]
    public void Keys_and_names_are_taken_in_any_case()
    {
        var options = Read(("WIRE:auth:MODE", "none"), ("wire:tcp:port", "7000"));
        Assert.That(options.Auth.Mode, Is.EqualTo(AuthMode.None));
        Assert.That(options.Tcp.Port, Is.EqualTo(7000));
    }

    [Test]
    public void All_faults_are_said_at_once()
    {
        var faults = Faults(
            ("Wire:NodeId", "1024"), ("Wire:Workers", "-1"), ("Wire:Tcp:Adress", "127.0.0.1"), ("Wire:Tcp:Port", "seventy"),
            ("Wire:Http:Address", "localhost"), ("Wire:Storage:PageBytes", "5000000"), ("Wire:Limits:PingInterval", "15"),
            ("Wire:Auth:Mode", "Jwt"), ("Wire:Tls:Port", "7443"), ("Wire:Auth:JwtKeyFile", "keys"));
        Assert.That(faults, Has.Length.EqualTo(10));
        Assert.Multiple(() =>
        {
            Assert.That(faults, Has.One.EqualTo("Wire:NodeId is 1024; it must be from 0 to 1023."));
            Assert.That(faults, Has.One.EqualTo("Wire:Workers is -1; it must be from 0 to 256."));
            Assert.That(faults, Has.One.EqualTo("Wire:Tcp:Adress is not a setting."));
            Assert.That(faults, Has.One.EqualTo("Wire:Tcp:Port is 'seventy'; it must be a whole number."));
            Assert.That(faults, Has.One.EqualTo("Wire:Http:Address is 'localhost'; it must be an IP address."));
            Assert.That(faults, Has.One.EqualTo("Wire:Storage:PageBytes is 5000000; it must be a power of two from 4096 to 67108864."));
            Assert.That(faults, Has.One.EqualTo("Wire:Limits:PingInterval is '15'; it must be a time as 00:00:15."));
            Assert.That(faults, Has.One.EqualTo("Wire:Auth:Mode: 'Jwt' is not available in this version; it must be one of Loopback, None."));
            Assert.That(faults, Has.One.EqualTo("Wire:Tls:Port is not available in this version."));
            Assert.That(faults, Has.One.EqualTo("Wire:Auth:JwtKeyFile is not available in this version."));
        });
    }

    [TestCase("NodeId", "-1")]
    [TestCase("NodeId", "1e3")]
    [TestCase("NodeId", "")]
    [TestCase("Workers", "257")]
    [TestCase("Tcp:Address", "")]
    [TestCase("Tcp:Port", "65536")]
    [TestCase("Tcp:Port", "7480")]
    [TestCase("Tcp", "127.0.0.1:7400")]
    [TestCase("Http:Port", "-1")]
    [TestCase("Storage:Path", " ")]
    [TestCase("Storage:Durability", "1")]
    [TestCase("Storage:Durability", "Disk, Memory")]
    [TestCase("Storage:SegmentBytes", "4194304")]
    [TestCase("Storage:SegmentAge", "00:00:00")]
    [TestCase("Storage:PageBytes", "2048")]
    [TestCase("Storage:PageBytes", "134217728")]
    [TestCase("Storage:MinFreeBytes", "-1")]
    [TestCase("Storage:RetainBytes", "1")]
    [TestCase("Storage:CompactAfter", "-00:00:01")]
    [TestCase("Storage:CompactAfter", "7")]
    [TestCase("Storage:RetainAge", "00:00:00")]
    [TestCase("Sessions:ForgetAfter", "6.23:59:59")]
    [TestCase("Storage:Encryption:KeyFile", " ")]
    [TestCase("Storage:Encryption:Enabled", "off")]
    [TestCase("Storage:Reads", "Mmap")]
    [TestCase("Limits:MaxFrameBytes", "1023")]
    [TestCase("Limits:MaxFrameBytes", "67108865")]
    [TestCase("Limits:MaxFrameBytes", "4190209")]
    [TestCase("Limits:HandshakeTimeout", "00:00:00")]
    [TestCase("Limits:HandshakeTimeout", "01:00:01")]
    [TestCase("Limits:PingInterval", "-00:00:01")]
    [TestCase("Limits:PingInterval", "1.00:00:01")]
    [TestCase("Limits:MaxConnections", "0")]
    [TestCase("Limits:OutboxBytes", "32767")]
    [TestCase("Limits:OutboxBytes", "1073741825")]
    [TestCase("Limits:BufferBytes", "262143")]
    [TestCase("Sessions:Loaded", "999")]
    [TestCase("Sessions:Loaded", "100000001")]
    [TestCase("Sessions:RingBytes", "1048575")]
    [TestCase("Auth:Mode", "Anyone")]
    [TestCase("Auth:JwtKeyFile", "key")]
    [TestCase("Dispatch:Mode", "Demo")]
    [TestCase("Dispatch:Mode", "Pipeline")]
    [TestCase("Tls:Certificate:Path", "a.pem")]
    [TestCase("Nothing", "x")]
    public void A_value_that_cannot_be_is_one_fault_that_names_the_key(string key, string value)
    {
        var faults = Faults(($"Wire:{key}", value));
        Assert.That(faults, Has.Length.EqualTo(1));
        Assert.That(faults[0], Does.Contain($"Wire:{key}"));
    }

    [Test]
    public void The_largest_frame_that_a_page_holds_is_taken()
    {
        Assert.That(Read(("Wire:Limits:MaxFrameBytes", "4190208")).Limits.MaxFrameBytes, Is.EqualTo(4_190_208));
        Assert.That(Faults(("Wire:Storage:PageBytes", "1048576")).Single(), Does.Contain("Wire:Limits:MaxFrameBytes").And.Contain("Wire:Storage:PageBytes"));
    }

    [Test]
    public void Ports_of_any_number_may_both_be_asked_for()
        => Assert.That(() => Read(("Wire:Tcp:Port", "0"), ("Wire:Http:Port", "0")), Throws.Nothing);

    [Test]
    public void What_code_sets_comes_after_the_configuration_and_is_validated_too()
    {
        var options = Services([("Wire:NodeId", "5")], options => options.Tcp.Port = 1234).GetRequiredService<IOptions<WireOptions>>().Value;
        Assert.That(options.NodeId, Is.EqualTo(5));
        Assert.That(options.Tcp.Port, Is.EqualTo(1234));
        var exception = Assert.Throws<OptionsValidationException>(() =>
            _ = Services([("Wire:Workers", "-2")], options => options.Auth.Mode = (AuthMode)9).GetRequiredService<IOptions<WireOptions>>().Value);
        Assert.That(exception!.Failures, Has.Exactly(2).Items);
    }

    [Test]
    public void A_null_in_JSON_sets_nothing()
    {
        using var json = new MemoryStream("""{ "Wire": { "NodeId": null, "Storage": { "RetainAge": null } } }"""u8.ToArray());
        var configuration = new ConfigurationBuilder().AddJsonStream(json).Build();
        var options = new WireOptions();
        WireSettings.Read(configuration, options);
        Assert.That(options.ConfigurationFaults, Is.Empty);
        Assert.That(options.NodeId, Is.EqualTo(1));
    }

    private static WireOptions Read(params (string Key, string Value)[] settings)
        => Services(settings).GetRequiredService<IOptions<WireOptions>>().Value;

    private static string[] Faults(params (string Key, string Value)[] settings)
    {
        var exception = Assert.Throws<OptionsValidationException>(() => Read(settings));
        return [.. exception!.Failures];
    }

    private static ServiceProvider Services((string Key, string Value)[] settings, Action<WireOptions>? configure = null)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)))
            .Build();
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging();
        services.AddWire(configure);
        return services.BuildServiceProvider();
    }
}
