/** Dead letters inside a batch's statement: refused again, refused now, tried again with success. */

const COLUMNS =
  "dead_letter_id, stream, topic, log_partition, log_offset, source, received_at, reason, pointer, value, rule, payload, payload_bytes, payload_sha256, at_door";

/** Letters as one JSON text ($n), decoded. An unknown id of a stranger's header is not taken over. */
const lettersFrom = (parameter: string, stream: string): string => `(
  select l.*, (select d.dead_letter_id from dead_letters d where d.dead_letter_id = l.again_id and d.stream = ${stream}) as known_id
  from json_to_recordset(${parameter}::text::json) as l (
    "partition" int, "offset" bigint, stream text, topic text, source text, received_at timestamptz, reason text, pointer text,
    value text, rule text, payload text, payload_bytes int, payload_sha256 text, new_id uuid, again_id uuid))`;

/**
 * $8 letters, $9 ids of letters whose records are events now.
 *
 * A letter's id is made from its place and content: the same record refused again after its topic was read anew is the same letter.
 */
export const deadLetterSteps = (stream: string): string[] => [
  `letters as ${lettersFrom("$8", stream)}`,
  `died as (select "partition", count(*) as n from letters group by 1)`,
  `buried as (
  insert into dead_letters as d (${COLUMNS})
  ${lastOfEach("letters", stream, "false")}
  on conflict (dead_letter_id) do update set
    state = case d.state when 'stored' then 'stored' else 'open' end,
    attempts = d.attempts + (select count(*) from letters x where coalesce(x.known_id, x.new_id) = excluded.dead_letter_id),
    reason = excluded.reason, pointer = excluded.pointer, value = excluded.value, rule = excluded.rule)`,
  `revived as (
  update dead_letters set state = 'stored'
  where dead_letter_id = any($9::uuid[]) and stream = ${stream} and state <> 'stored'
    and not exists (select from letters x where x.known_id = dead_letters.dead_letter_id))`,
];

/** One row per letter even if a batch holds it twice: a row cannot be updated twice by one statement. */
const lastOfEach = (letters: string, stream: string, at_door: string): string => `select distinct on (1)
    coalesce(known_id, new_id), ${stream}, topic, "partition", "offset", source, received_at, reason, pointer, value, rule,
    decode(payload, 'base64'), payload_bytes, payload_sha256, ${at_door}
  from ${letters} order by 1, "offset" desc`;

/**
 * Rejects at the door: $1 letters, $2 partition, $3 expected, $4 next offset, $5 hash, $6 time. They are stored under the
 * stream they were meant for, and counted; their place is that of the `dead-letters` topic itself.
 */
export const rejectsStatement = (name: string): string => `with letters as ${lettersFrom("$1", "null::text")},
counted as (
  insert into rejects as r (stream, source, count)
  select stream, source, count(*) from letters group by 1, 2 order by 1, 2
  on conflict (stream, source) do update set count = r.count + excluded.count),
buried as (
  insert into dead_letters (${COLUMNS})
  ${lastOfEach("letters", "stream", "true")}
  on conflict (dead_letter_id) do nothing),
placed as (
  update offsets o set next_offset = $4::bigint, last_record_hash = coalesce($5::text, o.last_record_hash), updated_at = $6::timestamptz,
    consumed = o.consumed + (select count(*) from letters), dead = o.dead + (select count(*) from letters)
  where o.stream = ${name} and o.partition = $2::int and o.next_offset = $3::bigint
  returning 1)
select (select count(*) from placed)::int as placed, (select count(*) from letters)::int as dead`;
