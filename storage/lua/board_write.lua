-- Write scores of one board, each only if its user's version is greater than the one kept [L1].
-- After board.lua. KEYS[3]: the lock of who fills the board. ARGV: when the keys end (ms); scores as
-- a JSON list of texts user, version, minus the score, reached (13 digits), ..., where a score of 0
-- removes; and for who fills the board their name and lease (ms), else ''. Answers {filling, version,
-- complete}, or nothing if the lock is somebody else's.
if ARGV[3] ~= '' then
  if redis.call('GET', KEYS[3]) ~= ARGV[3] then
    return false
  end
  redis.call('PEXPIRE', KEYS[3], ARGV[4])
end

local version, complete, born = head()
if not version then
  local clock = redis.call('TIME')
  born = string.format('%.0f', clock[1] * 1000000 + clock[2])
  version, complete = born, false
  redis.call('DEL', rows, users)
  redis.call('HSET', users, 'version', version, 'rows', 0, 'life', life(), 'born', born)
end

local scores = cjson.decode(ARGV[2])
local ids, gone, placed, kept = {}, {}, {}, {}
for i = 1, #scores, 4 do
  ids[#ids + 1] = scores[i]
end
local known = #ids > 0 and redis.call('HMGET', users, unpack(ids)) or {}
for place, user in ipairs(ids) do
  local i = 4 * place - 3
  local older, reached = nil, ''
  if known[place] then
    older, reached = string.match(known[place], '(%d+):(%d*)')
  end
  if not older or tonumber(older) < tonumber(scores[i + 1]) then
    local row = scores[i + 2] ~= '0' and scores[i + 3] or ''
    if reached ~= '' and reached ~= row then
      gone[#gone + 1] = member_of(user, reached)
    end
    if row ~= '' then
      placed[#placed + 1] = scores[i + 2]
      placed[#placed + 1] = member_of(user, row)
    end
    kept[#kept + 1] = user
    kept[#kept + 1] = scores[i + 1] .. ':' .. row
  end
end
if #gone > 0 then
  redis.call('ZREM', rows, unpack(gone))
end
if #placed > 0 then
  redis.call('ZADD', rows, unpack(placed))
end
if #kept > 0 then
  version = string.format('%.0f', tonumber(version) + 1)
  redis.call('HSET', users, 'version', version, 'rows', redis.call('ZCARD', rows), unpack(kept))
end
redis.call('PEXPIREAT', rows, ARGV[1])
redis.call('PEXPIREAT', users, ARGV[1])
return {born, version, complete and 1 or 0}
