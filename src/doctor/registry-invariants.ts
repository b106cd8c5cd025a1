import { sql } from 'kysely'
import { toTimestamp } from '../database/clock.ts'
import type { Invariant } from './invariant.ts'

/** A planned change is taken up within seconds of its instant; a large one may take a minute, and others wait behind it. */
const plannedToleranceMs = 600_000

/** An instant as the facts of a row say it. */
const ms = (column: string) => sql`(extract(epoch from ${sql.ref(column)}) * 1000)::bigint`

/** Rows of the registries that count their revisions, in the words in which their versions are kept. */
const rows = sql`
  select 'units' as registry, code as key, revision, jsonb_build_object('code', code, 'name', name, 'kind', kind,
    'areaCode', area_code, 'categoryCodes', category_codes, 'retired', retired_at is not null) as facts
  from units
  union all
  select 'categories', code, revision, jsonb_build_object('code', code, 'parentCode', parent_code, 'path', path,
    'nameZh', name_zh, 'nameEn', name_en, 'severity', severity, 'unitKind', unit_kind, 'admittedFrom', admitted_from,
    'retired', retired_at is not null)
  from categories
  union all
  select 'people', subject, revision, jsonb_build_object('subject', subject, 'role', role, 'areaCode', area_code,
    'unitCode', unit_code, 'validFrom', ${ms('valid_from')}, 'validUntil', ${ms('valid_until')},
    'retired', retired_at is not null)
  from people
  union all
  select 'responsibilities', code, revision, jsonb_build_object('code', code, 'areaCode', area_code, 'unitCode', unit_code,
    'personSubject', person_subject, 'validFrom', ${ms('valid_from')}, 'validUntil', ${ms('valid_until')},
    'retired', retired_at is not null)
  from responsibilities`

export const registryInvariants = [
  {
    name: 'registries_say_their_last_version',
    number: 26,
    title: {
      zh: '名录各行的版本连续，现行内容即最后一版',
      en: 'The versions of each row of a registry are contiguous, and the row says what the last one does',
    },
    // A row that was never changed since versions are kept has none.
    violations: () => sql`
      with versions as (
        select registry, key, revision, since, facts::jsonb - 'personCommitment' as facts,
          lag(revision) over one as earlier, lag(since) over one as earlier_since,
          lead(revision) over one is null as is_last
        from registry_versions window one as (partition by registry, key order by revision)
      )
      select 'gap' as what, registry, key, revision from versions
      where revision <> earlier + 1 or since < earlier_since
      union all
      select 'not the last version', coalesce(r.registry, v.registry), coalesce(r.key, v.key), r.revision
      from (${rows}) as r
      full join (select * from versions where is_last) as v on v.registry = r.registry and v.key = r.key
      where (v.revision, v.facts) is distinct from (r.revision, r.facts) and (v.key is not null or r.revision > 1)`,
  },
  {
    name: 'areas_say_their_last_version',
    number: 26,
    title: {
      zh: '辖区版本首尾相接，现行辖区即最后一版',
      en: 'The versions of each area follow each other without a gap, and the area says what the last one does',
    },
    violations: () => sql`
      select 'gap' as what, code, since_version from (
        select code, since_version, until_version, lead(since_version) over (partition by code order by since_version) as next
        from area_versions) as versions
      where until_version is distinct from next
      union all
      select 'not the last version', coalesce(a.code, v.code), a.since_version
      from areas a
      full join (select * from area_versions where until_version is null) as v on v.code = a.code
      where (a.since_version, a.name, a.kind, a.parent_code, a.path, a.path_kinds, a.retired_at is not null, a.successor_codes)
        is distinct from (v.since_version, v.name, v.kind, v.parent_code, v.path, v.path_kinds, v.retired, v.successor_codes)
      union all
      select 'version of no tree', code, since_version from area_versions
      where since_version > (select version from area_tree)`,
  },
  {
    name: 'planned_changes_take_effect',
    number: 27,
    title: { zh: '没有过时未生效的名录变更', en: 'No planned change of a registry waits beyond its instant' },
    violations: (now) => sql`
      select id, registry, effective_at from planned_changes
      where state = 'planned' and effective_at < ${toTimestamp(now - plannedToleranceMs)}::timestamptz
      order by effective_at`,
  },
] as const satisfies readonly Invariant[]
