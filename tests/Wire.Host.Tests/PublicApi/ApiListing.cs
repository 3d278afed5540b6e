using System.Reflection;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Wire.Host.Tests.PublicApi;

/// <summary>
/// The public surface of an assembly as lines that look like C#: types by name, and below each its members. Of the types that
/// are generated from a .proto file the properties only: the rest follows from them.
/// </summary>
internal static class ApiListing
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static List<string> Of(Assembly assembly) => Of(assembly.GetExportedTypes());

    public static List<string> Of(IEnumerable<Type> types)
    {
        var lines = new List<string>();
        foreach (var group in types.Where(IsListed).GroupBy(type => type.Namespace).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            if (lines.Count > 0)
                lines.Add("");
            lines.Add($"namespace {group.Key}");
            foreach (var type in group.OrderBy(type => ApiNames.Of(type), StringComparer.Ordinal))
            {
                lines.Add("");
                lines.AddRange(Attributes(type));
                lines.Add(ApiTypes.Line(type));
                lines.AddRange(Members(type).SelectMany(member => Attributes(member.Member).Append(member.Line)).Select(line => $"    {line}"));
            }
        }
        return lines;
    }

    // "Types" and reflection classes that protoc puts around messages follow from them.
    private static bool IsListed(Type type)
        => !type.GetFields(Declared).Any(field => field.IsPrivate && field.FieldType == typeof(FileDescriptor))
            && !(type.DeclaringType is { } outer && outer.Name == "Types" && !type.IsEnum && !IsMessage(type))
            && !(type.Name == "Types" && type.IsNested && IsMessage(type.DeclaringType!));

    private static bool IsMessage(Type type) => type.IsAssignableTo(typeof(IMessage));

    private static IEnumerable<(MemberInfo Member, string Line)> Members(Type type)
    {
        if (type.IsAssignableTo(typeof(Delegate)))
            return [];
        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => (Member: (MemberInfo)field, Value: field.GetRawConstantValue()))
                .OrderBy(member => member.Value).ThenBy(member => member.Member.Name, StringComparer.Ordinal)
                .Select(member => (member.Member, $"{member.Member.Name} = {member.Value}"));
        }

        // By kind first for constructors, then by name; overloads by what they take.
        return type.GetMembers(Declared)
            .Where(member => !IsMessage(type) || member is PropertyInfo { GetMethod.IsStatic: false })
            .Select(member => (Member: member, Line: Line(member), Order: (member is not ConstructorInfo, member.Name)))
            .Where(member => member.Line is not null)
            .OrderBy(member => member.Order.Item1).ThenBy(member => member.Order.Name, StringComparer.Ordinal).ThenBy(member => member.Line, StringComparer.Ordinal)
            .Select(member => (member.Member, member.Line!));
    }

    private static string? Line(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => ApiMembers.Line(constructor),
        FieldInfo field => ApiMembers.Line(field),
        PropertyInfo property => ApiMembers.Line(property),
        EventInfo happening => ApiMembers.Line(happening),
        MethodInfo method => ApiMembers.Line(method),
        _ => null,
    };

    private static IEnumerable<string> Attributes(MemberInfo member)
    {
        if (member.IsDefined(typeof(FlagsAttribute), inherit: false))
            yield return "[Flags]";
        if (member.IsDefined(typeof(ObsoleteAttribute), inherit: false) && !member.IsDefined(typeof(CompilerFeatureRequiredAttribute), inherit: false))
            yield return "[Obsolete]";
        if (member.GetCustomAttribute<System.Diagnostics.CodeAnalysis.ExperimentalAttribute>() is { } experimental)
            yield return $"[Experimental(\"{experimental.DiagnosticId}\")]";
    }
}
