-- What every script of boards begins with. KEYS[1]: rows, a sorted set of "<reached, ms>:<user>" by
-- minus the score, so that its order is that of the board [L2]. KEYS[2]: by user "<version>:<reached>"
-- of their row, "<version>:" of who was removed; and what is known of the board under names.
local rows, users = KEYS[1], KEYS[2]

local function member_of(user, reached)
  return reached .. ':' .. string.rep('0', 16 - #user) .. user
end

-- This life of the server: a board that was loaded from a file may lack what came after it.
local function life()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%x+)') or '-'
end

-- (version, whether it is complete, which filling) of the board; nothing if it is not there, or not
-- as a whole: a key of it was lost, or the server was started anew.
local function head()
  local known = redis.call('HMGET', users, 'version', 'rows', 'life', 'complete', 'born')
  if known[1] and known[3] == life() and tonumber(known[2]) == redis.call('ZCARD', rows) then
    return known[1], known[4] == '1', known[5]
  end
end

-- {how many come before it, its rank, member, score, ...} of the rows at these positions.
local function ranked(from, to)
  local found = redis.call('ZRANGE', rows, from, to, 'WITHSCORES')
  local rank = 0
  if found[2] then
    rank = 1 + redis.call('ZCOUNT', rows, '-inf', '(' .. found[2])
  end
  return {from, rank, found}
end
