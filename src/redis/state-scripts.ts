import { Script } from "./script-runner.ts";

/** How many arguments one call in a script is given: unpack has a limit near 8,000. Even: pairs stay together. */
const UNPACKED = 2000;

/**
 * Adds to the sorted set KEYS[1], in which a transfer waits, the scores and members from ARGV[3] on, and
 * puts it in place of KEYS[2] with the deadline ARGV[2] ("": none) where it has then ARGV[1] members.
 * Replies -1, or how many members it has instead; it is removed then.
 */
export const PLACE_STAGED_SET = new Script(`
local staged, key = KEYS[1], KEYS[2]
for i = 3, #ARGV, ${UNPACKED} do
  local added = redis.pcall('ZADD', staged, unpack(ARGV, i, math.min(i + ${UNPACKED - 1}, #ARGV)))
  if type(added) == 'table' then return added end
end
local size = redis.call('ZCARD', staged)
if size ~= tonumber(ARGV[1]) then
  redis.call('UNLINK', staged)
  return size
end
-- What a RENAME replaces is freed by it, all at once; UNLINK leaves that to another thread.
redis.call('UNLINK', key)
redis.call('RENAME', staged, key)
if ARGV[2] == '' then redis.call('PERSIST', key)
else redis.call('PEXPIREAT', key, ARGV[2]) end
return -1
`);

/**
 * Gives the sorted set KEYS[1] the deadline ARGV[2] ("": none) and ARGV[3] scores of members, which
 * follow in pairs, and takes from it the members that come after these; but only where it has ARGV[1]
 * members then. A deadline that is past removes the key. Replies 1, or 0 where nothing was done.
 */
export const WRITE_SCORES = new Script(`
local key, deadline = KEYS[1], ARGV[2]
if deadline ~= '' then
  local now = redis.call('TIME')
  if tonumber(deadline) <= now[1] * 1000 + math.floor(now[2] / 1000) then
    redis.call('UNLINK', key)
    return 1
  end
end
local kind = redis.call('TYPE', key).ok
if kind ~= 'zset' and kind ~= 'none' then return 0 end
local gone = 4 + 2 * ARGV[3]
local size = redis.call('ZCARD', key)
for i = 5, gone - 1, 2 do
  if not redis.call('ZSCORE', key, ARGV[i]) then size = size + 1 end
end
for i = gone, #ARGV do
  if redis.call('ZSCORE', key, ARGV[i]) then size = size - 1 end
end
if size ~= tonumber(ARGV[1]) then return 0 end
-- Added first: that alone may be refused, before anything was done.
for i = 4, gone - 1, ${UNPACKED} do
  local added = redis.pcall('ZADD', key, unpack(ARGV, i, math.min(i + ${UNPACKED - 1}, gone - 1)))
  if type(added) == 'table' then return added end
end
for i = gone, #ARGV, ${UNPACKED} do
  redis.call('ZREM', key, unpack(ARGV, i, math.min(i + ${UNPACKED - 1}, #ARGV)))
end
if deadline == '' then redis.call('PERSIST', key)
else redis.call('PEXPIREAT', key, deadline) end
return 1
`);
