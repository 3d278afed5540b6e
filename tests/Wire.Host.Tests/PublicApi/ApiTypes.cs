using System.Reflection;
using System.Runtime.CompilerServices;

namespace Wire.Host.Tests.PublicApi;

/// <summary>The line of a type.</summary>
internal static class ApiTypes
{
    public static string Line(Type type)
    {
        if (type.IsAssignableTo(typeof(Delegate)))
        {
            var invoke = type.GetMethod("Invoke")!;
            return $"delegate {ApiNames.OfReturn(invoke)} {ApiNames.Of(type)}{ApiMembers.Parameters(invoke)}{Constraints(OwnParameters(type))}";
        }
        var bases = type.IsEnum ? [ApiNames.Of(type.GetEnumUnderlyingType())] : Bases(type).ToList();
        if (bases is ["int"] && type.IsEnum)
            bases = [];
        return $"{Kind(type)} {ApiNames.Of(type)}{(bases.Count == 0 ? "" : $" : {string.Join(", ", bases)}")}{Constraints(OwnParameters(type))}";
    }

    public static string Constraints(IEnumerable<Type> parameters) => string.Concat(parameters.Select(parameter =>
    {
        var constraints = Constraint(parameter).ToList();
        return constraints.Count == 0 ? "" : $" where {parameter.Name} : {string.Join(", ", constraints)}";
    }));

    private static IEnumerable<Type> OwnParameters(Type type)
        => type.GetGenericArguments().Skip(type.DeclaringType?.GetGenericArguments().Length ?? 0);

    private static string Kind(Type type)
    {
        if (type.IsEnum)
            return "enum";
        if (type.IsInterface)
            return "interface";
        var isRecord = type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly) is not null;
        if (type.IsValueType)
        {
            return (type.IsDefined(typeof(IsReadOnlyAttribute), inherit: false) ? "readonly " : "")
                + (type.IsByRefLike ? "ref " : "") + (isRecord ? "record struct" : "struct");
        }
        var modifier = (type.IsAbstract, type.IsSealed) switch
        {
            (true, true) => "static ",
            (true, false) => "abstract ",
            (false, true) => "sealed ",
            _ => "",
        };
        return modifier + (isRecord ? "record" : "class");
    }

    private static IEnumerable<string> Bases(Type type)
    {
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
            yield return ApiNames.Of(parent);

        // What a base or another interface brings is not said twice.
        var all = type.GetInterfaces();
        var brought = all.SelectMany(other => other.GetInterfaces()).Concat(type.BaseType?.GetInterfaces() ?? []).ToHashSet();
        foreach (var name in all.Where(one => one.IsVisible && !brought.Contains(one)).Select(one => ApiNames.Of(one)).Order(StringComparer.Ordinal))
            yield return name;
    }

    private static IEnumerable<string> Constraint(Type parameter)
    {
        var attributes = parameter.GenericParameterAttributes;
        var isStruct = attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        var nullable = NullableFlag(parameter);
        if (isStruct)
            yield return "struct";
        else if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            yield return nullable == 2 ? "class?" : "class";
        else if (nullable == 1 && parameter.GetGenericParameterConstraints().Length == 0)
            yield return "notnull";
        foreach (var type in parameter.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)))
            yield return ApiNames.Of(type);
        if (attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct)
            yield return "new()";
        if (attributes.HasFlag(GenericParameterAttributes.AllowByRefLike))
            yield return "allows ref struct";
    }

    // What the compiler wrote at the parameter itself, or for all of its method or type: 1 not null, 2 may be null.
    private static byte? NullableFlag(Type parameter)
    {
        if (Flag(parameter, "NullableAttribute") is { } own)
            return own;
        if (parameter.DeclaringMethod is { } method && Flag(method, "NullableContextAttribute") is { } context)
            return context;
        for (var type = parameter.DeclaringType; type is not null; type = type.DeclaringType)
        {
            if (Flag(type, "NullableContextAttribute") is { } outer)
                return outer;
        }
        return null;

        static byte? Flag(MemberInfo member, string name) => member.CustomAttributes
            .FirstOrDefault(attribute => attribute.AttributeType.Name == name)?.ConstructorArguments[0].Value as byte?;
    }
}
