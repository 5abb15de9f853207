namespace ReleaseServer.Commands;

/// <summary>Numbers of things in sentences: <c>1 object</c>, <c>2,000 objects</c>.</summary>
internal static class Quantity
{
    public static string Of(long count, string one) => Of(count, one, one + "s");

    public static string Of(long count, string one, string many) => $"{count:N0} {(count == 1 ? one : many)}";
}
