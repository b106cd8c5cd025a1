import { sql } from 'kysely'
import type { EveryPart } from '../support/every-part.ts'
import { worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import type { PlantedFault } from './registry-faults.ts'

/**
 * What belongs to a case beside its deadlines, and who answers for it, otherwise than its events say.
 *
 * @param id a case that has climbed and to which a unit was called
 */
export function caseFaults(
  id: string,
  { paused, survivor, merged, rated, anonymous }: EveryPart,
): readonly PlantedFault[] {
  const own = sql`incident_id = ${id}`
  return [
    {
      what: 'a case that is to be resolved while it waits for somebody to come',
      change: sql`update deadlines set outstanding = 'unresolved' where ${own} and no = 1`,
      broken: ['outstanding_where_owed'],
    },
    {
      what: 'a promise on the red list that somebody above has taken over',
      change: sql`update deadlines set outstanding = 'exhausted' where ${own} and no = 1`,
      broken: ['outstanding_where_owed', 'board_tells_the_cases'],
    },
    {
      what: 'a call that is too late while its clock stands still',
      change: sql`update deadlines set outstanding = 'late' where incident_id = ${paused} and assignment_no = 1`,
      broken: ['outstanding_where_owed'],
    },
    {
      what: 'an assignment to another than was called',
      change: sql`update assignments set assignee_code = ${worldUnits.volunteers} where ${own}`,
      broken: ['parts_told_by_events', 'assignment_has_its_own_clock'],
    },
    {
      what: 'a unit that works for an area which cannot see the case',
      change: sql`update assignments set whistled_by = ${huangshi.neighbour}, state = 'accepted', ended_at = null
        where ${own}`,
      broken: ['parts_told_by_events', 'duty_follows_areas', 'board_tells_the_cases'],
    },
    {
      what: 'a request that nobody made',
      change: sql`insert into reliefs select incident_id, 2, district_code, kind, promises, until, by_ms, requested_by_kind,
          requested_by_code, 'refused', requested_at, decided_at, decided_by, null from reliefs where incident_id = ${paused}`,
      broken: ['parts_told_by_events'],
    },
    {
      what: 'a merge that is denied',
      change: sql`delete from joined_incidents where survivor_id = ${survivor}`,
      broken: ['parts_told_by_events'],
    },
    {
      what: 'a joined reporter whom nobody owes an answer',
      change: sql`delete from deadlines where incident_id = ${survivor} and report_id is not null`,
      broken: ['joined_reporters_are_answered'],
    },
    {
      what: 'a rating that was improved',
      change: sql`update ratings set satisfaction = 5 where incident_id = ${rated}`,
      broken: ['parts_told_by_events'],
    },
    {
      what: 'a reveal to somebody else',
      change: sql`update reporter_reveals set revealed_to = 'auditor-1' where incident_id = ${anonymous}`,
      broken: ['parts_told_by_events'],
    },
    {
      what: 'an assignment without a clock of its own',
      change: sql`delete from deadlines where incident_id = ${paused} and assignment_no = 2`,
      broken: ['assignment_has_its_own_clock'],
    },
    {
      what: 'a request that waits for a case that was settled',
      change: sql`update reliefs set state = 'requested', ended_at = null where incident_id = ${rated}`,
      broken: ['nothing_outlives_its_case'],
    },
    {
      what: 'a unit at work on a case that was merged',
      change: sql`update assignments set incident_id = ${merged} where incident_id = ${paused} and no = 2`,
      broken: [
        'nothing_outlives_its_case',
        'parts_told_by_events',
        'assignment_has_its_own_clock',
        'board_tells_the_cases',
      ],
    },
    {
      what: 'a clock that stood still before anybody approved',
      change: sql`update reliefs set decided_at = decided_at + interval '1 ms' where incident_id = ${paused}`,
      broken: ['paused_by_approval'],
    },
    {
      what: 'an alarm that is gone',
      change: sql`delete from alarms where incident_id = ${paused}`,
      broken: ['alarms_follow_incidents'],
    },
    {
      what: 'an alarm that waited and was forgotten',
      change: sql`update alarms set at = to_timestamp(0) where incident_id = ${paused}`,
      broken: ['alarms_follow_incidents', 'no_alarm_overdue'],
    },
    {
      what: 'a reporter who is named and asked not to be',
      change: sql`update reports set reporter_id = 'resident-1' where incident_id = ${anonymous}`,
      broken: ['anonymous_stay_unnamed'],
    },
  ]
}
