namespace Wire.Storage.Files;

/// <summary>The disk, the user's quota or the reserve that is to be left free has no room.</summary>
internal sealed class DiskFullException(string message, Exception? inner = null) : IOException(message, inner);
