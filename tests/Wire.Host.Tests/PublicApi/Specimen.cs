namespace Wire.Host.Tests.PublicApi;

/// <summary>Something of everything that <see cref="ApiListing"/> has to show.</summary>
public abstract class Specimen<TKey, TValue> : Exception, IComparable<string>
    where TKey : struct
    where TValue : class?, IDisposable, new()
{
    public const long Limit = -5;
    internal int Hidden;
    private protected int AlsoHidden;

    protected Specimen(int hidden) => Hidden = hidden;

    internal Specimen(string hidden, int more) => Hidden = more + hidden.Length;

    public Specimen(string? text = null, TimeSpan wait = default) => Hidden = text?.Length ?? 0;

    public event EventHandler<string?>? Happened
    {
        add { }
        remove { }
    }


    [Flags]
    public enum Kinds : byte
    {
        One = 1,
        Two = 2,
        Three = 3,
    }

    public required IReadOnlyDictionary<string, List<string?>?> Map { get; init; }

    protected virtual int[] Items { get; private protected init; } = [];

    public int this[string key] => key.Length;

    public static Specimen<TKey, TValue>? operator +(Specimen<TKey, TValue> left, TimeSpan right) => left;

    public static Task<T[]?> RunAsync<T>(Func<T, CancellationToken, ValueTask> run, params string[] texts)
        where T : notnull
        => Task.FromResult<T[]?>(null);

    int IComparable<string>.CompareTo(string? other) => 0;

    public override string ToString() => "";

    protected abstract TValue? Find(in TKey key, out int? found);

    private class HiddenToo;
}
