/**
 * What runs inside Redis, at one stroke each. Per stream there is an index (sorted set: key → when its TTL ends) and
 * a state (hash: partition → next offset, and `generation`). The generation is made with the first write and also stands
 * in the index: whoever wrote and does not find his again knows that the data went meanwhile.
 */
import { script } from "./redis-client.ts";

/** Member of the index that is no key: no event's key has a NUL. */
const MARK = String.raw`local MARK = '\0generation '`;

/**
 * KEYS: index, state, hashes. ARGV: generation that must hold ("" any), one to begin with, least next offsets that
 * must hold and those to set (flat JSON: partition, offset), now, then per hash: member, event time, partition, offset,
 * until when it is shown, until when it is kept, fields (flat JSON of texts). What comes after its end goes into the index only
 * where its key is shown: to be named. The first write is one that a full server refuses: it then has changed nothing.
 *
 * Answers {"lost"}, or {"ok", generation, written, replaced}.
 */
export const PUT = script(`${MARK}
local index, state = KEYS[1], KEYS[2]
for key, wanted in pairs({[index] = 'zset', [state] = 'hash'}) do
  local held = redis.call('TYPE', key).ok
  if held ~= wanted and held ~= 'none' then redis.call('DEL', key) end
end
local generation = redis.call('HGET', state, 'generation')
if generation and not redis.call('ZSCORE', index, MARK .. generation) then generation = false end
if ARGV[1] ~= '' and generation ~= ARGV[1] then return {'lost'} end
local seen = cjson.decode(ARGV[3])
for i = 1, #seen, 2 do
  if (tonumber(redis.call('HGET', state, seen[i])) or 0) < tonumber(seen[i + 1]) then return {'lost'} end
end
if not generation then
  generation = ARGV[2]
  redis.call('ZADD', index, '+inf', MARK .. generation)
  redis.call('DEL', state)
end
redis.call('HSET', state, 'generation', generation)
local now, written, replaced = tonumber(ARGV[5]), 0, 0
for n = 3, #KEYS do
  local key, at = KEYS[n], 6 + (n - 3) * 7
  local time, partition, offset = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local held = redis.pcall('HMGET', key, '_event_time_ms', '_partition', '_offset')
  if held.err then
    held = {}
    replaced = replaced + 1
  end
  local t, p, o = tonumber(held[1]), tonumber(held[2]), tonumber(held[3])
  if not (t and p and o) or time > t or (time == t and (partition > p or (partition == p and offset > o))) then
    redis.call('DEL', key)
    redis.call('HSET', key, unpack(cjson.decode(ARGV[at + 6])))
    redis.call('PEXPIRE', key, string.format('%d', tonumber(ARGV[at + 5]) - now + 1000))
    if tonumber(ARGV[at + 4]) > now or redis.call('ZSCORE', index, ARGV[at]) then
      redis.call('ZADD', index, ARGV[at + 4], ARGV[at])
    end
    written = written + 1
  end
end
local applied = cjson.decode(ARGV[4])
for i = 1, #applied, 2 do
  if (tonumber(redis.call('HGET', state, applied[i])) or 0) < tonumber(applied[i + 1]) then
    redis.call('HSET', state, applied[i], applied[i + 1])
  end
end
return {'ok', generation, written, replaced}`);

/** KEYS: index, state. ARGV: now. Answers {state as field, value, …; keys whose TTL is not over}; both empty where they do not belong together. */
export const KEYS_NOW = script(`${MARK}
local state = redis.pcall('HGETALL', KEYS[2])
local generation = redis.pcall('HGET', KEYS[2], 'generation')
if type(generation) ~= 'string' then return {{}, {}} end
local mark = redis.pcall('ZSCORE', KEYS[1], MARK .. generation)
if type(mark) ~= 'string' then return {{}, {}} end
return {state, redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '(+inf')}`);

/**
 * KEYS: state, hashes. ARGV: generation that must hold, names, their shape. Answers JSON: per hash its values, or false;
 * nil where the generation is another. A small hash keeps its fields in the order in which they were written.
 */
export const READ = script(`
if (redis.call('HGET', KEYS[1], 'generation') or '') ~= ARGV[1] then return false end
local names, rows = cjson.decode(ARGV[2]), {}
for n = 2, #KEYS do
  local key, row = KEYS[n], nil
  local encoding = redis.pcall('OBJECT', 'ENCODING', key)
  if encoding == 'listpack' or encoding == 'ziplist' then row = redis.pcall('HVALS', key) end
  if not row or row.err or row[1] ~= ARGV[3] or #row ~= #names - 1 then
    row = redis.pcall('HMGET', key, unpack(names))
  end
  rows[n - 1] = not row.err and row
end
return cjson.encode(rows)`);

/** KEYS: index. ARGV: now, most. Answers the keys taken out; their hashes end by themselves about now. */
export const EXPIRE = script(`
local ended = redis.pcall('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
if ended.err then return {} end
if #ended > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, #ended - 1) end
return ended`);
