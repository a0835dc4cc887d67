-- Say who is present on channels, for as long as a lease lasts [P1].
-- KEYS: for each channel its leases (instance -> end in ms) and its words (instance -> "stamp text",
-- and under the empty name the channel's version). ARGV: lease and life of the keys in ms, the
-- instance; then for each channel a stamp and a text. An empty stamp takes back what was said; an
-- empty text says again what was said under that stamp. Answers the places (1 …) where that is lost.
local clock = redis.call('TIME')
local micros = clock[1] * 1000000 + clock[2]
local ends = math.floor(micros / 1000) + ARGV[1]
local instance = ARGV[3]
local lost = {}

local function raise(words)
  local version = tonumber(redis.call('HGET', words, '') or 0)
  redis.call('HSET', words, '', string.format('%.0f', math.max(micros, version + 1)))
end

for i = 1, #KEYS / 2 do
  local leases, words = KEYS[2 * i - 1], KEYS[2 * i]
  local stamp, text = ARGV[2 * i + 2], ARGV[2 * i + 3]
  if stamp == '' then
    redis.call('ZREM', leases, instance)
    if redis.call('ZCARD', leases) == 0 then
      redis.call('DEL', words)
    elseif redis.call('HDEL', words, instance) == 1 then
      raise(words)
    end
  else
    local mine = stamp .. ' '
    if text ~= '' then
      redis.call('HSET', words, instance, mine .. text)
      raise(words)
    elseif string.sub(redis.call('HGET', words, instance) or '', 1, #mine) ~= mine then
      lost[#lost + 1] = i
    end
    redis.call('ZADD', leases, ends, instance)
    redis.call('PEXPIRE', leases, ARGV[2])
    redis.call('PEXPIRE', words, ARGV[2])
  end
end
return lost
