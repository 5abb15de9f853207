using System.Text;

namespace ReleaseServer.Load.Clients;

/// <summary>A request, ready to be sent.</summary>
internal sealed class HttpRequest
{
    private HttpRequest(string method, string path)
    {
        IsHead = method == "HEAD";
        Bytes = Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    }

    public bool IsHead { get; }

    public ReadOnlyMemory<byte> Bytes { get; }

    public static HttpRequest Get(string path) => new("GET", path);

    public static HttpRequest Head(string path) => new("HEAD", path);
}

/// <param name="Status">Of the response.</param>
/// <param name="BodyBytes">That came.</param>
/// <param name="FirstByte">From sending to the first byte of the body; to the end of the head where there is no body.</param>
/// <param name="LastByte">From sending to the last byte.</param>
internal readonly record struct HttpAnswer(int Status, long BodyBytes, TimeSpan FirstByte, TimeSpan LastByte);
