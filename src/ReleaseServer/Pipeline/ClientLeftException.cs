namespace ReleaseServer.Pipeline;

/// <summary>The client closed its connection before its answer was whole: nobody's fault, and nobody is left to be told.</summary>
internal sealed class ClientLeftException() : OperationCanceledException("The client left");
