using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Wire.Host.Tests.PublicApi;

/// <summary>The lines of members; null for one that users cannot name, or that the compiler adds by itself.</summary>
internal static class ApiMembers
{
    private static readonly NullabilityInfoContext Nullability = new();

    public static string? Line(ConstructorInfo constructor)
    {
        if (constructor.IsStatic || Access(constructor) is not { } access || IsGenerated(constructor))
            return null;
        return $"{access}{constructor.DeclaringType!.Name.Split('`')[0]}{Parameters(constructor)}";
    }

    public static string? Line(FieldInfo field)
    {
        if (!(field.IsPublic || ((field.IsFamily || field.IsFamilyOrAssembly) && !field.DeclaringType!.IsSealed)))
            return null;
        var access = field.IsPublic ? "" : "protected ";
        var type = ApiNames.Of(field.FieldType, Nullability.Create(field));
        if (field.IsLiteral)
            return $"{access}const {type} {field.Name} = {ApiNames.OfValue(field.GetRawConstantValue(), field.FieldType)}";
        return $"{access}{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{type} {field.Name}";
    }

    public static string? Line(PropertyInfo property)
    {
        var accessors = property.GetAccessors(nonPublic: true);
        var main = accessors.FirstOrDefault(accessor => Access(accessor) == "") ?? accessors.FirstOrDefault(accessor => Access(accessor) is not null);
        if (main is null || IsOverride(main))
            return null;
        var access = Access(main)!;
        var required = property.IsDefined(typeof(RequiredMemberAttribute), inherit: false) ? "required " : "";
        var isInit = property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true;
        var parts = new[] { Accessor(property.GetMethod, "get"), Accessor(property.SetMethod, isInit ? "init" : "set") };
        var indices = property.GetIndexParameters();
        var name = indices.Length == 0 ? property.Name : $"this[{string.Join(", ", indices.Select(Parameter))}]";
        return $"{access}{Modifiers(main)}{required}{ApiNames.Of(property.PropertyType, Nullability.Create(property))} {name} {{ {string.Concat(parts)}}}";

        string Accessor(MethodInfo? method, string word)
        {
            if (method is null || method.IsPrivate || method.IsAssembly)
                return "";
            var own = method.IsFamilyAndAssembly ? "private protected " : Access(method);
            return own is null ? "" : $"{(own == access ? "" : own)}{word}; ";
        }
    }

    public static string? Line(EventInfo happening)
    {
        if (happening.AddMethod is not { } add || Access(add) is not { } access || IsOverride(add))
            return null;
        return $"{access}{Modifiers(add)}event {ApiNames.Of(happening.EventHandlerType!, Nullability.Create(happening))} {happening.Name}";
    }

    public static string? Line(MethodInfo method)
    {
        var isOperator = method.IsSpecialName && method.Name.StartsWith("op_", StringComparison.Ordinal);
        if ((method.IsSpecialName && !isOperator) || Access(method) is not { } access || IsOverride(method) || IsGenerated(method))
            return null;
        var name = isOperator ? ApiNames.OfOperator(method) : $"{ApiNames.OfReturn(method)} {method.Name}";
        var generic = method.GetGenericArguments();
        return access + Modifiers(method) + name + (generic.Length == 0 ? "" : $"<{string.Join(", ", generic.Select(type => type.Name))}>")
            + Parameters(method) + ApiTypes.Constraints(generic);
    }

    public static string Parameters(MethodBase method)
    {
        var first = method.IsDefined(typeof(ExtensionAttribute), inherit: false) ? "this " : "";
        return $"({first}{string.Join(", ", method.GetParameters().Select(Parameter))})";
    }

    private static string Parameter(ParameterInfo parameter)
    {
        var modifier = parameter switch
        {
            { ParameterType.IsByRef: true, IsOut: true } => "out ",
            { ParameterType.IsByRef: true, IsIn: true } => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute), inherit: false) || parameter.IsDefined(typeof(ParamCollectionAttribute), inherit: false) => "params ",
            _ => "",
        };
        var type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        var value = parameter.HasDefaultValue ? $" = {ApiNames.OfValue(parameter.RawDefaultValue, type)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{modifier}{ApiNames.Of(type, Nullability.Create(parameter))} {parameter.Name}{value}");
    }

    // "" for public; a sealed type's protected members are nobody's.
    private static string? Access(MethodBase method)
    {
        if (method.IsPublic)
            return "";
        if (method.DeclaringType!.IsSealed)
            return null;
        return method.IsFamily || method.IsFamilyOrAssembly ? "protected " : null;
    }

    private static string Modifiers(MethodInfo method)
    {
        if (method.IsStatic)
            return "static ";
        if (method.DeclaringType!.IsInterface)
            return method.IsAbstract ? "" : "virtual ";
        if (method.IsAbstract)
            return "abstract ";
        return method.IsVirtual && !method.IsFinal ? "virtual " : "";
    }

    private static bool IsOverride(MethodInfo method) => method.GetBaseDefinition().DeclaringType != method.DeclaringType;

    private static bool IsGenerated(MethodBase method) => method.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);
}
