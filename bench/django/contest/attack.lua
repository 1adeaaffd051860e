-- Posts one form again and again, and tells at the end how many answers there were.

wrk.method = "POST"
wrk.body = "username=locked-out-127.0.0.1&password=wrong"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"

done = function(summary, latency, requests)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '\n{"answers": %d, "microseconds": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, errors.status, broken
  ))
end
