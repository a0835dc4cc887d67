-- Begin a try of a secret, as rooms/rules/tries.py says it. KEYS: what it counts for, each a text
-- "<failures>:<instant of the last, us>". ARGV: for how long failures are kept (s); then for each key
-- how many are free, and the longest wait (s). Answers 0 if it may be made, and has counted it
-- everywhere; else how long it has to wait (us), and has counted nothing.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local counts, wait = {}, 0

for i, key in ipairs(KEYS) do
  local count, last = string.match(redis.call('GET', key) or '0:0', '(%d+):(%d+)')
  counts[i] = tonumber(count)
  local over = counts[i] - ARGV[2 * i]
  if over >= 0 then
    local seconds = math.min(2 ^ math.min(over, 30), tonumber(ARGV[2 * i + 1]))
    wait = math.max(wait, last + seconds * 1000000 - now)
  end
end
if wait > 0 then
  return wait
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%d:%.0f', counts[i] + 1, now), 'EX', ARGV[1])
end
return 0
