using ReleaseServer.Configuration;

namespace ReleaseServer.Tests.Configuration;

public sealed class SettingValueTests
{
    private static readonly SettingsSchema Schema = new(("Test", typeof(TestOptions)));

    private enum Colour
    {
        Red,
        DarkBlue,
    }

    [Theory]
    [InlineData("Text", " a ", " a ")]
    [InlineData("Text", "", "")]
    [InlineData("MaybeText", "", null)]
    [InlineData("Secret", "s", "s")]
    [InlineData("Flag", "TRUE", true)]
    [InlineData("Flag", "false", false)]
    [InlineData("Number", "20000", 20000)]
    [InlineData("Number", "-007", -7)]
    [InlineData("Number", "2147483647", int.MaxValue)]
    [InlineData("Long", "9223372036854775807", long.MaxValue)]
    [InlineData("SomeBytes", "1024", 1024L)]
    [InlineData("SomeBytes", "512KiB", 524_288L)]
    [InlineData("SomeBytes", "256MiB", 268_435_456L)]
    [InlineData("SomeBytes", "10GiB", 10_737_418_240L)]
    [InlineData("SomeBytes", "-1TiB", -1_099_511_627_776L)]
    [InlineData("MaybeNumber", "5", 5)]
    [InlineData("MaybeNumber", "", null)]
    [InlineData("MaybeTime", "", null)]
    [InlineData("Colour", "dark-blue", Colour.DarkBlue)]
    [InlineData("Colour", "RED", Colour.Red)]
    [InlineData("List", "a; b;;c", new[] { "a", "b", "c" })]
    [InlineData("List", "", new string[0])]
    public void TryConvert_RightText_ItsValue(string name, string text, object? expected)
    {
        var isRead = TryConvert(name, text, out var value, out var fault);

        Assert.True(isRead);
        Assert.Null(fault);
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("Text", "a\nb", "must not hold control characters")]
    [InlineData("Secret", "a\0", "must not hold control characters")]
    [InlineData("List", "a;\u009b", "must not hold control characters")]
    [InlineData("Flag", "yes", "must be true or false")]
    [InlineData("Flag", "", "must be true or false")]
    [InlineData("Number", "", "must be a whole number, digits only")]
    [InlineData("Number", "-", "must be a whole number, digits only")]
    [InlineData("Number", "+5", "must be a whole number, digits only")]
    [InlineData("Number", " 5", "must be a whole number, digits only")]
    [InlineData("Number", "5.0", "must be a whole number, digits only")]
    [InlineData("Number", "20_000", "must be a whole number, digits only")]
    [InlineData("Number", "0x10", "must be a whole number, digits only")]
    [InlineData("Number", "٣", "must be a whole number, digits only")]
    [InlineData("Number", "2147483648", "must be a whole number from -2147483648 to 2147483647")]
    [InlineData("Long", "99999999999999999999", "must be a whole number from -9223372036854775808 to 9223372036854775807")]
    [InlineData("Number", "5KiB", "must be a whole number, digits only")]
    [InlineData("SomeBytes", "5 KiB", "must be a whole number of bytes, or one with KiB, MiB, GiB or TiB behind it")]
    [InlineData("SomeBytes", "5kib", "must be a whole number of bytes, or one with KiB, MiB, GiB or TiB behind it")]
    [InlineData("SomeBytes", "8388608TiB", "must be a whole number from -9223372036854775808 to 9223372036854775807")]
    [InlineData("Time", "5", "must be a duration such as 500ms, 5s, 2m, 1h or 00:00:05")]
    [InlineData("Time", "", "must be a duration such as 500ms, 5s, 2m, 1h or 00:00:05")]
    [InlineData("Colour", "1", "must be red or dark-blue")]
    [InlineData("Colour", "red,dark-blue", "must be red or dark-blue")]
    [InlineData("Colour", "", "must be red or dark-blue")]
    [InlineData("Address", "http://[", "must be a URL")]
    public void TryConvert_WrongText_WhatItMustBe(string name, string text, string expected)
    {
        var isRead = TryConvert(name, text, out var value, out var fault);

        Assert.False(isRead);
        Assert.Null(value);
        Assert.Equal(expected, fault);
    }

    [Fact]
    public void TryConvert_ListInElements_KeepsEachWhole()
    {
        SettingValue.TryConvert(Schema.Find("Test:List")!, new SettingText(["a;b", " c"], IsSplit: true, "test"), out var value, out _);

        Assert.Equal(new[] { "a;b", " c" }, value);
    }

    [Theory]
    [InlineData("test:textt", "Test:Text")]
    [InlineData("Tset:Number", "Test:Number")]
    [InlineData("Test", "Test")]
    [InlineData("Elsewhere:Text", null)]
    [InlineData("", null)]
    public void Nearest_NameWithSlips_TheKnownOne(string name, string? nearest)
    {
        Assert.Equal(nearest, Schema.Nearest(name));
    }

    [Fact]
    public void Nearest_EndlessName_NotLookedFor()
    {
        Assert.Null(Schema.Nearest(new string('x', 1_000_000)));
    }

    private static bool TryConvert(string name, string text, out object? value, out string? fault) =>
        SettingValue.TryConvert(Schema.Find($"Test:{name}")!, new SettingText([text], IsSplit: false, "test"), out value, out fault);

    private sealed class TestOptions
    {
        public string Text { get; set; } = "";

        public string? MaybeText { get; set; }

        [Secret]
        public string? Secret { get; set; }

        public bool Flag { get; set; }

        public int Number { get; set; }

        public long Long { get; set; }

        public long SomeBytes { get; set; }

        public int? MaybeNumber { get; set; }

        public TimeSpan Time { get; set; }

        public TimeSpan? MaybeTime { get; set; }

        public Colour Colour { get; set; }

        public Uri? Address { get; set; }

        public string[] List { get; set; } = [];
    }
}
