using System.Globalization;
using System.Reflection;

namespace Wire.Host.Tests.PublicApi;

/// <summary>Types and values as C# writes them, without namespaces.</summary>
internal static class ApiNames
{
    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(char)] = "char",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(nint)] = "nint",
        [typeof(nuint)] = "nuint",
    };

    private static readonly Dictionary<string, string> Operators = new(StringComparer.Ordinal)
    {
        ["op_Addition"] = "+",
        ["op_Subtraction"] = "-",
        ["op_Multiply"] = "*",
        ["op_Division"] = "/",
        ["op_Equality"] = "==",
        ["op_Inequality"] = "!=",
        ["op_LessThan"] = "<",
        ["op_GreaterThan"] = ">",
        ["op_LessThanOrEqual"] = "<=",
        ["op_GreaterThanOrEqual"] = ">=",
    };

    public static string OfReturn(MethodInfo method)
    {
        var type = method.ReturnType;
        return type.IsByRef ? $"ref {Of(type.GetElementType()!)}" : Of(type, Nullability.Create(method.ReturnParameter));
    }

    public static string OfOperator(MethodInfo method) => method.Name switch
    {
        "op_Implicit" => $"implicit operator {OfReturn(method)}",
        "op_Explicit" => $"explicit operator {OfReturn(method)}",
        var name => $"{OfReturn(method)} operator {Operators.GetValueOrDefault(name, name)}",
    };

    public static string Of(Type type, NullabilityInfo? nullability = null)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return $"{Of(underlying)}?";
        var mark = !type.IsValueType && nullability?.ReadState == NullabilityState.Nullable ? "?" : "";
        if (type.IsGenericParameter)
        {
            // Without a constraint to a class or a value, "may be null" is so of every T: only a constrained one can say it.
            return type.GenericParameterAttributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? type.Name + mark : type.Name;
        }
        if (Keywords.TryGetValue(type, out var keyword))
            return keyword + mark;
        if (type.IsArray)
            return $"{Of(type.GetElementType()!, nullability?.ElementType)}[{new string(',', type.GetArrayRank() - 1)}]{mark}";
        if (type.IsPointer)
            return $"{Of(type.GetElementType()!)}*";

        var arguments = new Queue<string>(type.GetGenericArguments().Select((argument, i) => Of(
            argument,
            nullability?.GenericTypeArguments is { } infos && i < infos.Length ? infos[i] : null)));
        var path = new List<Type>();
        for (var part = type; part is not null; part = part.DeclaringType)
            path.Insert(0, part);
        return string.Join('.', path.Select(part => NameOf(part, arguments))) + mark;
    }

    public static string OfValue(object? value, Type type) => (Nullable.GetUnderlyingType(type) ?? type, value) switch
    {
        ({ IsValueType: true } plain, null) when plain == type => "default",
        (_, null) => "null",
        ({ IsEnum: true } plain, _) => $"{plain.Name}.{Enum.ToObject(plain, value)}",
        (_, string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"",
        (_, bool truth) => truth ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    // A nested type has the parameters of those around it among its own.
    private static string NameOf(Type type, Queue<string> arguments)
    {
        var tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        if (tick < 0)
            return type.Name;
        var count = int.Parse(type.Name.AsSpan(tick + 1), CultureInfo.InvariantCulture);
        return $"{type.Name[..tick]}<{string.Join(", ", Enumerable.Range(0, count).Select(_ => arguments.Dequeue()))}>";
    }
}
