-- Compares and writes in one step. The first five arguments say how many there are of what follows.
--
-- First the keys that only have to be in their state, each with whether there has to be something, and
-- what. Then those to write, each with a value too, and how long it is kept. Where something is not in
-- its state, nothing is written: the answer is what there is, also under all further keys.
--
-- Then the lines of logs, each with two keys: of the log, and of the list of all lines there that are
-- about the same. A line brings its text, how many lines the log keeps at least, how many the list may
-- have (none: there is no list), and how long that stays.
--
-- Then sets that have to be empty, each with the time beyond which nothing may be in it. Where something
-- is, nothing is written either. At the end of the answer is how much is in each.
--
-- Then sets that somebody joins: with the time now, until when, the name, and how long the set is kept.
local expected, last, lines = tonumber(ARGV[1]), ARGV[1] + ARGV[2], tonumber(ARGV[3])
local empty, joins = tonumber(ARGV[4]), tonumber(ARGV[5])
local told = #KEYS - 2 * lines - empty - joins
local first_empty, first_join = #KEYS - empty - joins + 1, #KEYS - joins + 1

local is_same, at = true, 6
local found = last > 0 and redis.call('MGET', unpack(KEYS, 1, last))
for i = 1, last do
  if ARGV[at] == 'nothing' then
    is_same = is_same and not found[i]
  else
    is_same = is_same and found[i] == ARGV[at + 1]
  end
  at = at + (i > expected and 4 or 2)
end
at = at + 4 * lines
local sizes = {}
for i = first_empty, first_join - 1 do
  local size = redis.call('ZCOUNT', KEYS[i], '(' .. ARGV[at], '+inf')
  is_same = is_same and size == 0
  table.insert(sizes, tostring(size))
  at = at + 1
end
if not is_same then
  local answer = told > 0 and redis.call('MGET', unpack(KEYS, 1, told)) or {}
  for i = 1, #sizes do answer[told + i] = sizes[i] end
  return answer
end

-- What is written first says whether there is memory for all: then the server asks no more.
local first_of_joins = at
at = 2 * expected + 6
for i = expected + 1, last do
  if ARGV[at + 3] == '' then
    redis.call('SET', KEYS[i], ARGV[at + 2])
  else
    redis.call('SET', KEYS[i], ARGV[at + 2], 'PX', ARGV[at + 3])
  end
  at = at + 4
end
local join = first_of_joins
for i = first_join, #KEYS do
  local set, now, till = KEYS[i], ARGV[join], ARGV[join + 1]
  local name, keep = ARGV[join + 2], ARGV[join + 3]
  local left, before = redis.call('PTTL', set), redis.call('ZSCORE', set, name)
  if not before or tonumber(before) < tonumber(till) then redis.call('ZADD', set, till, name) end
  if not before then
    -- Bit by bit, because everybody waits for a script.
    local over = redis.call('ZRANGEBYSCORE', set, '-inf', now, 'LIMIT', 0, 100)
    if #over > 0 then redis.call('ZREM', set, unpack(over)) end
  end
  if keep == '' then
    redis.call('PERSIST', set)
  elseif left ~= -1 and left < tonumber(keep) then
    redis.call('PEXPIRE', set, keep)
  end
  join = join + 4
end
for i = told + 1, first_empty - 1, 2 do
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
