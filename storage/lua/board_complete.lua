-- The board has been filled [L1]. After board.lua. KEYS[3]: the lock; ARGV: its holder, and the
-- filling that they began. Answers 1 if it still is that one, and now is complete.
local version, _, born = head()
if not version or born ~= ARGV[2] or redis.call('GET', KEYS[3]) ~= ARGV[1] then
  return 0
end
redis.call('HSET', users, 'complete', 1)
redis.call('DEL', KEYS[3])
return 1
