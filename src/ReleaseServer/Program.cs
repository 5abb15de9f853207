using ReleaseServer.Commands;

return await CommandLine.RunAsync(args);
