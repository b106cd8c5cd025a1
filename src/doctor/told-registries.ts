import { type RawBuilder, sql } from 'kysely'
import { mayBeUntold } from '../registry/untold-rows.ts'

/**
 * What each event says of a row of a registry, in the words of the event. The commitment to a person's name needs the salt, and
 * `whistle audit verify` checks it. Of an import there are hundreds of rows in one event: its body is parsed once, which `offset 0`
 * sees to, and not for each of them.
 */
const told = sql`
  select e.stream as registry, coalesce(each.told ->> 'code', each.told ->> 'subject') as key, e.seq, each.place, e.at,
    (each.told ->> 'revision')::integer as revision,
    each.told::jsonb - 'change' || jsonb_strip_nulls(jsonb_build_object('sinceVersion', e.tree_version)) as said
  from (
    select stream, seq, at, body::json -> stream as rows, body::json -> 'treeVersion' as tree_version from events
    where stream in ('areas', 'categories', 'people', 'responsibilities', 'units') and type = stream || '_changed' offset 0
  ) as e
  cross join lateral json_array_elements(e.rows) with ordinality as each (told, place)
  union all
  select e.stream, e.body::json #>> '{policy,id}', e.seq, 1, e.at, null, (e.body::json -> 'policy')::jsonb
  from events e where e.stream = 'policies' and e.type = 'policy_version_created'`

/** An instant as events say it. */
const ms = (column: string) => sql`(extract(epoch from ${sql.ref(column)}) * 1000)::bigint`

/** Whole rows as they stand; instants and what follows from them as events say it. */
const stored = sql`
  select 'areas' as registry, code as key, to_jsonb(areas) || jsonb_build_object('retired', retired_at is not null) as facts
  from areas
  union all
  select 'categories', code, to_jsonb(categories) || jsonb_build_object('retired', retired_at is not null) from categories
  union all
  select 'units', code, to_jsonb(units) || jsonb_build_object('retired', retired_at is not null) from units
  union all
  select 'people', subject, to_jsonb(people) || jsonb_build_object('retired', retired_at is not null,
    'valid_from', ${ms('valid_from')}, 'valid_until', ${ms('valid_until')}) from people
  union all
  select 'responsibilities', code, to_jsonb(responsibilities) || jsonb_build_object('retired', retired_at is not null,
    'valid_from', ${ms('valid_from')}, 'valid_until', ${ms('valid_until')}) from responsibilities
  union all
  select 'policies', id::text, to_jsonb(policies) from policies`

/** The column that holds a field of an event: `parent_code` holds `parentCode`. */
const columnOf = (field: string) => sql`lower(regexp_replace(${sql.ref(field)}, '([A-Z])', '_\\1', 'g'))`

const untoldAllowed = sql`s.registry in (${sql.join(mayBeUntold.map((name) => sql.lit(name)))})`

/** Rows and versions of registries that are not what their streams make of them. Old events say less, and are held to that. */
export function differingRows(): RawBuilder<unknown> {
  return sql`
    with told as materialized (${told}), stored as materialized (${stored}), last as (
      select distinct on (registry, key) * from told order by registry, key, seq desc, place desc
    )
    select case when s.key is null then 'row is gone' when l.key is null then 'row of no event' else 'row says otherwise' end
      as what, coalesce(l.registry, s.registry) as registry, coalesce(l.key, s.key) as key, l.seq as event, differing.fields
    from last l
    full join stored s on s.registry = l.registry and s.key = l.key
    left join lateral (
      select array_agg(field) as fields from jsonb_each(l.said - 'personCommitment') as one (field, value)
      where s.facts -> ${columnOf('field')} is distinct from value
    ) as differing on true
    where case when l.key is null then not ${untoldAllowed} or (s.facts ->> 'revision')::integer > 1
      else s.key is null or differing.fields is not null end
    union all
    select 'version says otherwise', coalesce(t.registry, v.registry), coalesce(t.key, v.key), t.seq, null
    from (select * from told where revision is not null) as t
    full join registry_versions v on v.registry = t.registry and v.key = t.key and v.revision = t.revision
    where (v.since, v.facts::jsonb) is distinct from (t.at, t.said - 'revision')`
}

/** Rows that were there before anything was told of them. */
export function untoldRows(): RawBuilder<unknown> {
  return sql`
    with told as materialized (${told})
    select registry, key from (${stored}) as s
    where ${untoldAllowed} and not exists (select from told t where t.registry = s.registry and t.key = s.key)`
}
