using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using ReleaseServer.Configuration;
using Serilog.Core;
using Serilog.Events;

namespace ReleaseServer.Telemetry;

/// <summary>Masks properties marked <see cref="SecretAttribute"/> when an object is logged by its parts (<c>{@Options}</c>).</summary>
internal sealed class SecretDestructuringPolicy : IDestructuringPolicy
{
    public bool TryDestructure(object value, ILogEventPropertyValueFactory propertyValueFactory, [NotNullWhen(true)] out LogEventPropertyValue? result)
    {
        var properties = value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance);
        if (!properties.Any(IsSecret))
        {
            result = null;
            return false;
        }

        result = new StructureValue(
            properties.Select(property => new LogEventProperty(
                property.Name,
                IsSecret(property)
                    ? new ScalarValue(SettingValue.Mask)
                    : propertyValueFactory.CreatePropertyValue(property.GetValue(value), destructureObjects: true))),
            value.GetType().Name);
        return true;
    }

    private static bool IsSecret(PropertyInfo property) => property.IsDefined(typeof(SecretAttribute));
}
