import { sql } from 'kysely'
import { z } from 'zod'
import { countRows } from '../board/board-counts.ts'
import { boardColumns, boardRows } from '../board/refresh-cases.ts'
import { asSearched, texts } from '../search/index-texts.ts'
import type { Invariant } from './invariant.ts'

/**
 * Events that the board may not have followed yet. In their order and up to a limit, so that they are found by their index;
 * if there are more, nothing is said of any case.
 */
const unfollowedMax = 100_000
const unfollowed = sql`
  select later.stream from board_progress p
  cross join lateral (
    select stream from events where commit_order >= p.position order by commit_order limit ${unfollowedMax}) as later`

/** Whether the board has gone through all cases and follows the feed, in this very cluster. */
const followsFeed = sql`exists (select from board_progress where origin = feed_origin() and remade_after is null)
  and (select count(*) from unfollowed) < ${unfollowedMax}`

const searchedText = z.object({
  incident_id: z.string(),
  part: z.string(),
  district_code: z.string(),
  text: z.string(),
  folded: z.string(),
  words: z.array(z.string()),
})

/** What follows the feed and can be made anew from the other tables: the board, the search, and the feed's own order. */
export const followedInvariants = [
  {
    name: 'board_tells_the_cases',
    number: 23,
    title: {
      zh: '看板与各表一致（尚未跟上的审计事件除外）',
      en: 'The board says of each open case what the tables say, but for events that it has yet to follow',
    },
    violations: () => sql`
      with unfollowed as materialized (${unfollowed}), tables as materialized (
        ${boardRows(sql<boolean>`${followsFeed} and 'incident/' || i.id not in (select stream from unfollowed)`)}
      ), board as materialized (
        select ${boardColumns} from board_cases
        where ${followsFeed} and 'incident/' || incident_id not in (select stream from unfollowed)
      )
      select 'not so in the tables' as what, * from (table board except table tables) as difference
      union all
      select 'not so on the board', * from (table tables except table board) as difference`,
  },
  {
    name: 'board_counts_its_cases',
    number: 23,
    title: {
      zh: '看板的计数与看板上的事件一致',
      en: 'The board counts as many cases as stand on it, by area and by what they have alike',
    },
    violations: () => sql`
      with found as materialized (${countRows(sql<boolean>`true`)}), counted as materialized (
        select * from board_counts where cases <> 0
      )
      select 'not on the board' as what, * from (table counted except table found) as difference
      union all
      select 'not counted so', * from (table found except table counted) as difference`,
  },
  {
    name: 'search_finds_the_texts',
    number: 24,
    title: {
      zh: '检索库恰含现存的线索和附注文字（尚未跟上的审计事件除外）',
      en: 'The search holds each text that is there, and none that is not, but for events that it has yet to follow',
    },
    // An erased text has no salt any more. Whether it is indexed again, without a word in it, does not matter.
    violations: () => sql`
      with unfollowed as materialized (${unfollowed}), texts as (
        select incident_id, 'report/' || id as part, length(salt) > 0 as wanted from reports
        union all
        select incident_id, 'note/' || seq, true from event_notes where text is not null
      )
      select coalesce(t.incident_id, s.incident_id) as incident_id, coalesce(t.part, s.part) as part, s.part is not null as found
      from texts t
      full join search_texts s on s.incident_id = t.incident_id and s.part = t.part
      where t.part is null or s.part is null and t.wanted and ${followsFeed}
        and 'incident/' || t.incident_id not in (select stream from unfollowed)`,
  },
  {
    name: 'search_holds_the_words',
    number: 24,
    title: {
      zh: '检索库中的文字与原文一致',
      en: 'The search holds of each text what it says, and by which words it is found',
    },
    violations: () => sql`
      select t.*, s.folded, tsvector_to_array(s.words) as words
      from (${texts}) as t join search_texts s on s.incident_id = t.incident_id and s.part = t.part`,
    judge(row) {
      const { incident_id, part, district_code, text, folded, words } = searchedText.parse(row)
      const wanted = asSearched(text, district_code)
      const isAsWritten = folded === wanted.folded
      const isFound = words.length === wanted.words.size && words.every((word) => wanted.words.has(word))
      return isAsWritten && isFound ? undefined : { incident_id, part, isAsWritten, isFound }
    },
  },
  {
    name: 'feed_keeps_the_order',
    number: 25,
    title: {
      zh: '同一审计链上的审计事件按编号先后推送',
      en: 'The feed tells the events of each stream in their order',
    },
    violations: () => sql`
      select stream, seq, commit_order, previous_order from (
        select stream, seq, commit_order, lag(commit_order) over (partition by stream order by seq) as previous_order
        from events) as ordered
      where commit_order < previous_order`,
  },
] as const satisfies readonly Invariant[]
