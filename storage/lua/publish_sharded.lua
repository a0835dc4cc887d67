-- As publish.lua, on a Cluster. The channels lie in one slot.
for i = 1, #KEYS do
  redis.call('SPUBLISH', KEYS[i], ARGV[i])
end
return #KEYS
