using System.Reflection;

namespace ReleaseServer.Configuration;

/// <summary>One setting the server knows, described by the options property that takes its value.</summary>
/// <param name="Section">The section, such as <c>Bucket</c>.</param>
/// <param name="Property">Where the value goes.</param>
internal sealed record SettingDefinition(string Section, PropertyInfo Property)
{
    /// <summary>The full name, such as <c>Bucket:Kind</c>.</summary>
    public string Name { get; } = $"{Section}:{Property.Name}";

    /// <summary>The type of the value; of a nullable number or duration, the type beneath.</summary>
    public Type ValueType { get; } = Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    /// <summary>Whether empty text stands for "not set".</summary>
    public bool IsNullable { get; } = new NullabilityInfoContext().Create(Property).WriteState == NullabilityState.Nullable;

    /// <summary>Whether the value must never be shown.</summary>
    public bool IsSecret { get; } = Property.IsDefined(typeof(SecretAttribute));

    /// <summary>An environment variable that sets it, too; null for none.</summary>
    public string? EnvironmentName { get; } = Property.GetCustomAttribute<EnvironmentNameAttribute>()?.Name;

    /// <summary>Whether there may be many values.</summary>
    public bool IsList => ValueType == typeof(string[]);

    /// <summary>Whether the number counts bytes, so that it may have a unit (<see cref="ByteUnit"/>).</summary>
    public bool IsBytes => Property.Name.EndsWith("Bytes", StringComparison.Ordinal);

    /// <summary>Whether a fault may quote the value. URLs, alone or in lists, may carry a password even where none is wanted.</summary>
    public bool IsQuotable => !IsSecret && !IsList && ValueType != typeof(Uri);
}
