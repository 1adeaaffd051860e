-- Takes members out of a set whose entries are gone: the first key is that of the set, the others those of
-- the entries, each with the member's name, and with what is left of an entry. The answer is how many stay.
for i = 2, #KEYS do
  local name, left = ARGV[2 * i - 3], ARGV[2 * i - 2]
  local found = redis.call('GET', KEYS[i])
  if not found or found == left then redis.call('ZREM', KEYS[1], name) end
end
return redis.call('ZCARD', KEYS[1])
