using Microsoft.Extensions.Options;
using Wire.Handlers;

namespace Wire.Host.Dispatch;

/// <summary>Names every handler option that is out of its range.</summary>
internal sealed class HandlerOptionsValidator : IValidateOptions<HandlerOptions>
{
    public ValidateOptionsResult Validate(string? name, HandlerOptions options)
    {
        var faults = options.Faults().Select(fault => $"HandlerOptions: {fault}.").ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
