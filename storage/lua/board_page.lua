-- A page of the board [L2]. After board.lua. ARGV: how many rows; the score and the member after which
-- it begins, '' for the first; the version that the caller has. Answers {version}, with the rows
-- unless that is the caller's; nothing if the board is not complete.
local version, complete = head()
if not complete then
  return false
end
if version == ARGV[4] then
  return {version}
end

-- How many rows come before the page. The row that it follows may have moved, so its place among
-- those of the same score is looked for.
local from = 0
if ARGV[2] ~= '' then
  local score = '-' .. ARGV[2]
  from = redis.call('ZCOUNT', rows, '-inf', '(' .. score)
  local to = from + redis.call('ZCOUNT', rows, score, score)
  while from < to do
    local middle = math.floor((from + to) / 2)
    if redis.call('ZRANGE', rows, middle, middle)[1] <= ARGV[3] then
      from = middle + 1
    else
      to = middle
    end
  end
end
return {version, unpack(ranked(from, from + ARGV[1] - 1))}
