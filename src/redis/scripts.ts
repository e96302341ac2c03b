import { Script } from "./script-runner.ts";

/**
 * Ends a script, before it has written, for a user who may not give its key a ttl. It asks, as an attempt would
 * count as a write: those that follow one are carried out where there is no memory for them, too. Redis
 * before 7 cannot be asked; there the write stays, without a ttl, and the script fails.
 */
const CHECK_TTL = `
  if redis.acl_check_cmd and not redis.acl_check_cmd('PEXPIRE', KEYS[1], '1') then
    return redis.error_reply("NOPERM The user may not run PEXPIRE, which is to follow")
  end
`;

/**
 * Adds ARGV[1] to the counter KEYS[1], which gets the ttl ARGV[2] where it is new and one is given. Where
 * the counter or the sum is beyond ±(2^53 - 1) nothing changes, and the reply is a list of the counter.
 * What is no integer is left to INCRBY to refuse.
 */
export const INCREMENT = new Script(`
local former = redis.pcall('GET', KEYS[1])
if type(former) == 'table' then return former end
local text = former or '0'
if text == '0' or string.find(text, '^-?[1-9]%d*$') then
  local value = tonumber(text)
  local limit = 9007199254740991
  if math.abs(value) > limit or math.abs(value + tonumber(ARGV[1])) > limit then return {text} end
end
if not former and ARGV[2] then ${CHECK_TTL} end
local sum = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if not former and ARGV[2] and type(sum) ~= 'table' then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return sum
`);

/** Carries out the command ARGV[2..]; KEYS[1] gets the ttl ARGV[1] where it was not there before. */
export const CREATE_WITH_TTL = new Script(`
local isNew = redis.call('EXISTS', KEYS[1]) == 0
if isNew then ${CHECK_TTL} end
local reply = redis.pcall(unpack(ARGV, 2))
if isNew and not (type(reply) == 'table' and reply.err) then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return reply
`);

/** Carries out the command ARGV[2..], which replaces KEYS[1]; that gets the ttl ARGV[1]. */
export const REPLACE_WITH_TTL = new Script(`
${CHECK_TTL}
local reply = redis.pcall(unpack(ARGV, 2))
if not (type(reply) == 'table' and reply.err) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return reply
`);

/** The members that ZRANGE KEYS[1] ARGV[1..] gives, each followed by its score. */
export const RANGE_WITH_SCORES = new Script(`
local members = redis.pcall('ZRANGE', KEYS[1], unpack(ARGV))
if members.err then return members end
local reply = {}
for i, member in ipairs(members) do
  reply[2 * i - 1] = member
  reply[2 * i] = redis.call('ZSCORE', KEYS[1], member)
end
return reply
`);

/** The most arguments that a script can hand on to a command: Lua's stack has room for 8,000. */
export const SCRIPT_ARGUMENTS_MAX = 4000;
