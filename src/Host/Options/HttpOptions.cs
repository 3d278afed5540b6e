namespace Wire.Host;

/// <summary>The listener for HTTP: <c>Wire:Http</c>.</summary>
public sealed class HttpOptions
{
    /// <summary>The IP address to listen on; <c>0.0.0.0</c> and <c>::</c> mean all. Default: <c>127.0.0.1</c>, this machine only.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The port, 0 to 65535; 0 means any that is free, which the start prints. Default: 7480.</summary>
    public int Port { get; set; } = 7480;
}
