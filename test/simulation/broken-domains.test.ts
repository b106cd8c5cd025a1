import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Domain } from '../../chaos/simulation/domain-in-play.ts'
import { shrinkFailure } from '../../chaos/simulation/shrink-failure.ts'
import { simulateWorlds } from '../../chaos/simulation/simulate-worlds.ts'
import { projectRoot } from '../../src/project-root.ts'
import { runFolder } from '../support/scratch-folder.ts'
import { breakages } from './breakages.ts'
import { breakagesOfCalls } from './breakages-of-calls.ts'
import { breakagesOfEndings } from './breakages-of-endings.ts'
import { breakagesOfMerges } from './breakages-of-merges.ts'
import { breakagesOfReliefs } from './breakages-of-reliefs.ts'
import { importBroken } from './import-broken.ts'

const worldsMax = 10_000
/** Less than a minute where nothing else runs. */
const limitMs = 300_000

t.setTimeout(limitMs)

const everyBreakage = [
  ...breakages,
  ...breakagesOfCalls,
  ...breakagesOfReliefs,
  ...breakagesOfMerges,
  ...breakagesOfEndings,
]

t.test('however a rule of the domain is broken, the simulation sees it', async (t) => {
  t.setTimeout(limitMs)
  for (const [index, { broken, file, from, to }] of everyBreakage.entries()) {
    const folder = join(runFolder(), `broken-domain-${index}`)
    // The domain imports nothing outside itself, so a copy of its folder is a whole one.
    cpSync(join(projectRoot, 'src/domain'), folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const source = readFileSync(join(folder, file), 'utf8')
    if (source.split(from).length !== 2) {
      t.fail(`${broken}: ${file} holds the line to break ${source.split(from).length - 1} times`)
      continue
    }
    writeFileSync(
      join(folder, file),
      source.replace(from, () => to),
    )
    const domain = await importDomain(folder)
    const failure = simulateWorlds({ first: 1, worlds: worldsMax, domain }, new Map())
    const steps = failure && shrinkFailure(failure, domain).steps.length
    t.ok(
      failure,
      `${broken}: seen in world ${failure?.seed}, which takes ${steps} steps of ${failure?.steps.length}`,
    )
  }
})

async function importDomain(folder: string): Promise<Domain> {
  type Openings = typeof import('../../src/domain/open-incident.ts')
  type Decisions = typeof import('../../src/domain/decide.ts')
  type Settling = typeof import('../../src/domain/settle-overdue.ts')
  type Merging = typeof import('../../src/domain/commands/merge.ts')
  type Notices = typeof import('../../src/domain/notices-of.ts')
  const { openIncident } = await importBroken<Openings>(folder, 'open-incident.ts')
  const { decide } = await importBroken<Decisions>(folder, 'decide.ts')
  const { settleOverdue } = await importBroken<Settling>(folder, 'settle-overdue.ts')
  const merging = await importBroken<Merging>(folder, 'commands/merge.ts')
  const { answerElsewhere, joinReports, separateReports } = merging
  const { noticesOf } = await importBroken<Notices>(folder, 'notices-of.ts')
  return { openIncident, decide, settleOverdue, joinReports, separateReports, answerElsewhere, noticesOf }
}
