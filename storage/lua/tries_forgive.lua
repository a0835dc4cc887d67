-- A try that was begun was no failure. KEYS as in tries_begin.lua: the first is forgotten, the others
-- lose what the try had added.
redis.call('DEL', KEYS[1])
for i = 2, #KEYS do
  local count, last = string.match(redis.call('GET', KEYS[i]) or '0:0', '(%d+):(%d+)')
  if tonumber(count) > 1 then
    redis.call('SET', KEYS[i], string.format('%d:%s', count - 1, last), 'KEEPTTL')
  else
    redis.call('DEL', KEYS[i])
  end
end
return 1
