using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Pipeline;

/// <summary>A surrogate-key field, ready to send; the default is none.</summary>
/// <param name="Name">Of the field; null for none.</param>
internal readonly record struct SurrogateKeys(string? Name, StringValues Value)
{
    /// <summary>Characters of the value.</summary>
    public int Length => Value.Count == 0 ? 0 : Value[0]!.Length;

    public void Set(IHeaderDictionary headers)
    {
        if (Name is not null)
        {
            headers[Name] = Value;
        }
    }
}
