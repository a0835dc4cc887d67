-- Hand committed events to whoever listens. KEYS: the pub/sub channel of each; ARGV: its text.
for i = 1, #KEYS do
  redis.call('PUBLISH', KEYS[i], ARGV[i])
end
return #KEYS
