-- First the keys that only have to be in their state, as many as the first argument says, each with
-- whether there has to be something, and what. Then those to write, as many as the second says, each
-- with a value too, and how long it is kept. Where something is not in its state, nothing is written:
-- the answer is what there is, also under all further keys.
local expected, last = tonumber(ARGV[1]), tonumber(ARGV[1]) + tonumber(ARGV[2])
local found = redis.call('MGET', unpack(KEYS, 1, last))
local at = 3
for i = 1, last do
  local same = found[i] == ARGV[at + 1]
  if ARGV[at] == 'nothing' then same = not found[i] end
  if not same then return redis.call('MGET', unpack(KEYS)) end
  at = at + (i > expected and 4 or 2)
end
at = 2 * expected + 3
for i = expected + 1, last do
  if ARGV[at + 3] == '' then
    redis.call('SET', KEYS[i], ARGV[at + 2])
  else
    redis.call('SET', KEYS[i], ARGV[at + 2], 'PX', ARGV[at + 3])
  end
  at = at + 4
end
return 0
