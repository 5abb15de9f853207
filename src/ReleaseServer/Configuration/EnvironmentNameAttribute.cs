namespace ReleaseServer.Configuration;

/// <summary>Names an environment variable that sets a setting, too, because other programs know it by that. Our own name for it outranks it.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EnvironmentNameAttribute(string name) : Attribute
{
    public string Name => name;
}
