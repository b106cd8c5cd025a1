import { sql } from 'kysely'
import { toTimestamp } from '../database/clock.ts'
import type { Invariant } from './invariant.ts'
import { differingRows } from './told-registries.ts'

/** A planned change is taken up within seconds of its instant; a large one may take a minute, and others wait behind it. */
const plannedToleranceMs = 600_000

export const registryInvariants = [
  {
    name: 'registries_say_what_was_told',
    number: 26,
    title: {
      zh: '名录各行及其各版本与审计链所载一致',
      en: 'The rows of registries, and their versions, say what the events of their streams do',
    },
    violations: differingRows,
  },
  {
    name: 'versions_follow_each_other',
    number: 26,
    title: {
      zh: '名录各行的版本连续',
      en: 'The versions of each row of a registry follow each other without a gap',
    },
    violations: () => sql`
      select registry, key, revision from (
        select registry, key, revision, since, lag(revision) over one as earlier, lag(since) over one as earlier_since
        from registry_versions window one as (partition by registry, key order by revision)) as versions
      where revision <> earlier + 1 or since < earlier_since`,
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
      select 'path beside the parent''s', a.code, a.since_version
      from areas a left join areas p on p.code = a.parent_code
      -- That of the one who took over, once the tree has changed since paths follow successions.
      left join areas h on a.retired_at is not null and a.successor_codes = array[h.code]
      where (a.path, a.path_kinds) is distinct from (coalesce(p.path, '{}') || a.code, coalesce(p.path_kinds, '{}') || a.kind)
        and (a.path, a.path_kinds) is distinct from (h.path, h.path_kinds)
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
