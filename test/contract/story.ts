import { tellOfJointHandling } from './story-of-joint-handling.ts'
import { tellOfAreas, tellOfCategories, tellOfUnits } from './story-of-places-and-units.ts'
import { tellOfReports } from './story-of-reports.ts'
import { tellOfPeople, tellOfPolicies, tellOfResponsibilities } from './story-of-rules-and-people.ts'
import { tellOfSmallCases } from './story-of-small-cases.ts'
import { cast, inChinese, minute, type Story } from './story-setting.ts'

/** A Friday in Huangshi, in which each operation of the contract is called once at least. */
export async function tellStory(story: Story): Promise<void> {
  const { tell, clock, jump } = story
  // Before anything has happened, there is little to measure, and it is always the same.
  await tell('read_metrics', null)
  await tell('check_liveness', null)
  await tell('check_readiness', null)
  await tell('get_clock', cast.auditor)

  await tellOfAreas(story)
  await tellOfCategories(story)
  await tellOfUnits(story)
  await tellOfPeople(story)
  await tellOfResponsibilities(story)
  await tellOfPolicies(story)
  const reports = await tellOfReports(story)
  await tellOfJointHandling(story, reports.ofPasserBy)
  await tellOfSmallCases(story, reports.ofNeighbour)
  await tellOfBreaches(story)

  jump(60 * minute)
  const { etag } = await tell('get_clock', cast.administrator)
  await tell('accept_clock', cast.administrator, {
    header: { 'if-match': etag },
    body: { reason: 'was_wrong_before' },
  })
  clock.advance(minute)
}

/** A report that nobody looks at within ten minutes, and what the auditor sees of that. */
async function tellOfBreaches({ tell, clock, settle }: Story): Promise<void> {
  await tell('submit_report', cast.gridWorker, {
    body: {
      categoryCode: 'rubbish_piled',
      description: '3 栋楼道堆放旧家具，老人出入困难。',
      address: '黄石大道 118 号 3 栋 2 单元',
      onBehalfOf: { name: '周德顺', phone: '13900000000' },
    },
  })
  clock.advance(11 * minute)
  await settle()
  const filter = { areaCode: '420202007000', promise: 'report', from: '2026-11-20', to: '2026-11-21' }
  await tell('list_breaches', cast.auditor, { query: filter })
  await tell('export_breaches', cast.auditor, { query: filter, header: inChinese })
  await tell('summarize_deadlines', cast.auditor, { query: { ...filter, level: 'community' } })
}
