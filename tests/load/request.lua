-- What wrk asks for, as the environment says (ReleaseServer.Load sets it), and its result on one line.

local field = os.getenv("LOAD_FIELD")
if field and field ~= "" then
  local name, value = field:match("^(.-): (.*)$")
  wrk.headers[name] = value
end

local range = tonumber(os.getenv("LOAD_RANGE") or "") or 0
local length = tonumber(os.getenv("LOAD_LENGTH") or "") or 0
if range > 0 then
  local first = 0
  function request()
    wrk.headers["Range"] = string.format("bytes=%d-%d", first, math.min(first + range, length) - 1)
    first = first + range
    if first >= length then
      first = 0
    end
    return wrk.format()
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.bytes, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
