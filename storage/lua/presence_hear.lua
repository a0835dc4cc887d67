-- Who is present on channels, where that has changed [P1]. Leases that have run out end here.
-- KEYS: for each channel its leases and its words, as in presence_say.lua; ARGV: the version that
-- the caller has of each. Answers {place, version, {instance, word, ...}} where it is another one.
local clock = redis.call('TIME')
local micros = clock[1] * 1000000 + clock[2]
local now = math.floor(micros / 1000)
local heard = {}

for i = 1, #KEYS / 2 do
  local leases, words = KEYS[2 * i - 1], KEYS[2 * i]
  local over = redis.call('ZRANGEBYSCORE', leases, '-inf', now)
  if #over > 0 then
    redis.call('ZREM', leases, unpack(over))
    redis.call('HDEL', words, unpack(over))
    if redis.call('ZCARD', leases) == 0 then
      redis.call('DEL', words)
    else
      local version = tonumber(redis.call('HGET', words, '') or 0)
      redis.call('HSET', words, '', string.format('%.0f', math.max(micros, version + 1)))
    end
  end
  local version = redis.call('HGET', words, '') or ''
  if version ~= ARGV[i] then
    local said = {}
    for _, instance in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
      local word = redis.call('HGET', words, instance)
      if word then
        said[#said + 1] = instance
        said[#said + 1] = word
      end
    end
    heard[#heard + 1] = {i, version, said}
  end
end
return heard
