using ReleaseServer.Configuration;

namespace ReleaseServer.Tests.Configuration;

public sealed class SettingArgumentsTests
{
    [Theory]
    [InlineData("--Bucket:Kind=s3", true)]
    [InlineData("--Bucket:Kind", true)]
    [InlineData("--config", true)]
    [InlineData("--config=a.json", true)]
    [InlineData("--dry-run", false)]
    [InlineData("--endpoint=http://localhost", false)]
    [InlineData("-Bucket:Kind=s3", false)]
    [InlineData("http://localhost:80", false)]
    [InlineData("--", false)]
    [InlineData("", false)]
    public void IsSettingArgument_ByItsName(string argument, bool isSetting)
    {
        Assert.Equal(isSetting, SettingArguments.IsSettingArgument(argument));
    }

    [Fact]
    public void Split_SettingsAmongOthers_EachInItsOrder()
    {
        var (settings, others) = SettingArguments.Split(
            ["check", "--Bucket:Kind", "s3", "--dry-run", "--config", "a.json", "v1", "--Log:Level=debug", "--", "--Log:Level=error"]);

        Assert.Equal(["--Bucket:Kind", "s3", "--config", "a.json", "--Log:Level=debug"], settings);
        Assert.Equal(["check", "--dry-run", "v1", "--", "--Log:Level=error"], others);
    }

    [Fact]
    public void Split_SettingBeforeAnOption_TakesNoValue()
    {
        var (settings, others) = SettingArguments.Split(["--Bucket:Kind", "--dry-run", "--Bucket:Name"]);

        Assert.Equal(["--Bucket:Kind", "--Bucket:Name"], settings);
        Assert.Equal(["--dry-run"], others);
    }

    [Fact]
    public void Parse_AllForms_NamesAndValues()
    {
        var parsed = SettingArguments.Parse(["--A:B=c=d", "--A:C", "-5", "--A:D=", "--A:E", "--config=f", "stray"]);

        Assert.Equal([("A:B", "c=d"), ("A:C", "-5"), ("A:D", ""), ("A:E", null), ("config", "f"), (null, "stray")], parsed);
    }
}
