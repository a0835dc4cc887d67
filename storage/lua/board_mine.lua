-- Where somebody stands, and who is around them [L2]. After board.lua. ARGV: the user; how many rows
-- above and below. Answers {how many there are}, with their position and the rows if they are one of
-- them; nothing if the board is not complete.
local _, complete = head()
if not complete then
  return false
end
local total = redis.call('ZCARD', rows)
local reached = string.match(redis.call('HGET', users, ARGV[1]) or '', ':(%d+)')
if not reached then
  return {total}
end
local place = redis.call('ZRANK', rows, member_of(ARGV[1], reached))
return {total, place, unpack(ranked(math.max(0, place - ARGV[2]), place + ARGV[2]))}
