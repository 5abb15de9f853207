using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ReleaseServer.Testing.S3;

/// <summary>Checks a request's signature (AWS Signature Version 4, header form).</summary>
internal static class StubSignature
{
    /// <summary>The error code to refuse with; null for a good signature.</summary>
    public static string? Fault(HttpRequest request, ReadOnlySpan<byte> body, string accessKey, string secretKey)
    {
        const string Algorithm = "AWS4-HMAC-SHA256 ";
        var authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith(Algorithm, StringComparison.Ordinal))
        {
            return "AccessDenied";
        }

        var parts = authorization[Algorithm.Length..].Split(',', StringSplitOptions.TrimEntries)
            .Select(static part => part.Split('=', 2)).ToDictionary(static pair => pair[0], static pair => pair[1]);
        var scope = parts["Credential"].Split('/');
        if (scope[0] != accessKey)
        {
            return "InvalidAccessKeyId";
        }

        var payload = request.Headers["x-amz-content-sha256"].ToString();
        if (payload != "UNSIGNED-PAYLOAD" && payload != Hex(SHA256.HashData(body)))
        {
            return "XAmzContentSHA256Mismatch";
        }

        var names = parts["SignedHeaders"];
        var canonical = new StringBuilder();
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?', 2);
        canonical.Append(request.Method).Append('\n').Append(target[0]).Append('\n');
        canonical.Append(CanonicalQuery(target.Length > 1 ? target[1] : string.Empty)).Append('\n');
        foreach (var name in names.Split(';'))
        {
            canonical.Append(name).Append(':').Append(request.Headers[name].ToString().Trim()).Append('\n');
        }

        canonical.Append('\n').Append(names).Append('\n').Append(payload);
        var toSign = $"AWS4-HMAC-SHA256\n{request.Headers["x-amz-date"]}\n{string.Join('/', scope[1..])}\n"
            + Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())));
        var key = Encoding.UTF8.GetBytes("AWS4" + secretKey);
        foreach (var part in scope[1..])
        {
            key = Sign(key, part);
        }

        return Hex(Sign(key, toSign)) == parts["Signature"] ? null : "SignatureDoesNotMatch";
    }

    private static string CanonicalQuery(string query) => string.Join(
        '&',
        query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(static pair => pair.Contains('=') ? pair : pair + "=")
            .Order(StringComparer.Ordinal));

    private static byte[] Sign(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
