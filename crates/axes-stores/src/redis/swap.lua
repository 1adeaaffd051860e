-- Compares and writes in one step. The first three arguments say how many there are of what follows.
--
-- First the keys that only have to be in their state, each with whether there has to be something, and
-- what. Then those to write, each with a value too, and how long it is kept. Where something is not in
-- its state, nothing is written: the answer is what there is, also under all further keys.
--
-- Then the lines of logs, each with two keys: of the log, and of the list of all lines there that are
-- about the same. A line brings its text, how many lines the log keeps at least, how many the list may
-- have (none: there is no list), and how long that stays.
local expected, last, lines = tonumber(ARGV[1]), ARGV[1] + ARGV[2], tonumber(ARGV[3])
local told, at = #KEYS - 2 * lines, 4
local found = last > 0 and redis.call('MGET', unpack(KEYS, 1, last))
for i = 1, last do
  local same = found[i] == ARGV[at + 1]
  if ARGV[at] == 'nothing' then same = not found[i] end
  if not same then return redis.call('MGET', unpack(KEYS, 1, told)) end
  at = at + (i > expected and 4 or 2)
end
at = 2 * expected + 4
for i = expected + 1, last do
  if ARGV[at + 3] == '' then
    redis.call('SET', KEYS[i], ARGV[at + 2])
  else
    redis.call('SET', KEYS[i], ARGV[at + 2], 'PX', ARGV[at + 3])
  end
  at = at + 4
end
for i = told + 1, #KEYS, 2 do
  local log, list, most = KEYS[i], KEYS[i + 1], tonumber(ARGV[at + 2])
  local id = redis.call('XADD', log, 'MAXLEN', '~', ARGV[at + 1], '*', 'line', ARGV[at])
  if most then
    for _ = most, redis.call('RPUSH', list, id) - 1 do
      redis.call('XDEL', log, redis.call('LPOP', list))
    end
    redis.call('PEXPIRE', list, ARGV[at + 3])
  end
  at = at + 4
end
return 0
