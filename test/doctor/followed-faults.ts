import { sql } from 'kysely'
import type { EveryPart } from '../support/every-part.ts'
import type { PlantedFault } from './registry-faults.ts'

/**
 * A board, a search and a feed that say otherwise than the tables.
 *
 * @param id a case with a note
 */
export function followedFaults(id: string, { paused, merged, rated }: EveryPart): readonly PlantedFault[] {
  const own = sql`incident_id = ${id}`
  const stream = sql`stream = ${`incident/${id}`}`
  return [
    {
      what: 'a case that the board leaves out',
      change: sql`delete from board_cases where incident_id = ${paused}`,
      broken: ['board_tells_the_cases', 'board_counts_its_cases'],
    },
    {
      what: 'a case that the board counts twice',
      change: sql`update board_counts set cases = cases + 1 where standing = 0 and cases > 0`,
      broken: ['board_counts_its_cases'],
    },
    {
      what: 'cases that the board counts for another area',
      change: sql`update board_counts set area_code = '420202007009' where cases > 0`,
      broken: ['board_counts_its_cases'],
    },
    {
      what: 'a case that the board shows after its end',
      change: sql`update board_cases set incident_id = ${merged} where incident_id = ${paused}`,
      broken: ['board_tells_the_cases'],
    },
    {
      what: 'a text that the search does not find',
      change: sql`delete from search_texts where incident_id = ${rated} and part like 'report/%'`,
      broken: ['search_finds_the_texts'],
    },
    {
      what: 'a text that the search finds after it was erased',
      change: sql`update event_notes set text = null, salt = '' where ${own} and seq = 2`,
      broken: ['search_finds_the_texts'],
    },
    {
      what: 'a report that the search takes to say something else',
      change: sql`update search_texts set folded = '平安无事' where incident_id = ${rated}`,
      broken: ['search_holds_the_words'],
    },
    {
      what: 'a report that is found by other words',
      change: sql`update search_texts set words = array_to_tsvector(array['平安']) where incident_id = ${rated}`,
      broken: ['search_holds_the_words'],
    },
    {
      what: 'words of a report that was erased past its trigger',
      change: sql`update reports set description = '-', address = null, salt = '' where ${own}`,
      broken: ['search_holds_the_words'],
    },
    {
      what: 'a position that was erased past its trigger',
      change: sql`update incidents set latitude = null, longitude = null where id = ${paused}`,
      broken: ['board_tells_the_cases'],
    },
    {
      what: 'an event that is told before the one before it',
      change: sql`update events set commit_order = 0 where ${stream} and seq = 8`,
      broken: ['feed_keeps_the_order'],
    },
  ]
}
