-- Hand committed events to whoever listens, and keep each channel's latest ones for a minute.
-- KEYS: for each event its stream, then its pub/sub channel. ARGV: the event's text for each,
-- preceded by its seq. A stream refuses an older seq than its last: then it is only published.
for i = 1, #KEYS / 2 do
  local seq, text = ARGV[2 * i - 1], ARGV[2 * i]
  redis.pcall('XADD', KEYS[2 * i - 1], 'MAXLEN', '~', 64, '0-' .. seq, 'e', text)
  redis.call('PEXPIRE', KEYS[2 * i - 1], 60000)
  redis.call('PUBLISH', KEYS[2 * i], text)
end
return #KEYS / 2
