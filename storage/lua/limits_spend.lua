-- Take what calls cost out of their buckets (GCRA), as rooms/rules/limits.py says it. A bucket is the
-- instant (us) until which it is spent. KEYS: the buckets of all calls, one after the other. ARGV: for
-- each call how many of the keys are its own, and 1 if it is taken in any case; then for each of its
-- buckets the time that one takes to come back, that all of it takes (us), and the cost. Answers the
-- instant now, and for each call 1 if it fitted, else 0, and until when its buckets are spent.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local answer = {now}
local key, arg = 1, 1

while arg <= #ARGV do
  local many, owed = tonumber(ARGV[arg]), ARGV[arg + 1] == '1'
  local held, after, fits = {}, {}, true
  for i = 1, many do
    local place = arg + 3 * i - 1
    local interval, depth = tonumber(ARGV[place]), tonumber(ARGV[place + 1])
    held[i] = math.max(tonumber(redis.call('GET', KEYS[key + i - 1]) or 0), now)
    after[i] = held[i] + interval * ARGV[place + 2]
    if owed then
      after[i] = math.min(after[i], now + 2 * depth)
    elseif after[i] - now > depth then
      fits = false
    end
  end
  answer[#answer + 1] = fits and 1 or 0
  for i = 1, many do
    answer[#answer + 1] = fits and after[i] or held[i]
    if fits then
      local ends = math.ceil((after[i] - now) / 1000)
      redis.call('SET', KEYS[key + i - 1], string.format('%.0f', after[i]), 'PX', ends)
    end
  end
  key, arg = key + many, arg + 2 + 3 * many
end
return answer
