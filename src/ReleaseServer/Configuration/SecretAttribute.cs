namespace ReleaseServer.Configuration;

/// <summary>Marks a setting whose value must never be printed, logged or shown.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : Attribute;
