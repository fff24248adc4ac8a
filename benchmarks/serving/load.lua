-- wrk: one request after the other from a file with a body a line; the figures as JSON.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local requests, at = {}, 0

function init()
  for line in io.lines(os.getenv("BODIES")) do
    requests[#requests + 1] = wrk.format(nil, nil, nil, line)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\n{"seconds": %f, "requests": %d, "p50": %f, "p99": %f, "errors": %d}\n',
    summary.duration / 1e6, summary.requests, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
