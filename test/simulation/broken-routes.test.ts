import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createRandom } from '../../chaos/seeded-random.ts'
import { createWorldFrom } from '../../chaos/simulation/simulated-world.ts'
import { projectRoot } from '../../src/project-root.ts'
import { runFolder } from '../support/scratch-folder.ts'
import { breakagesOfRoutes } from './breakages-of-routes.ts'
import { importBroken } from './import-broken.ts'
import { playOverHttp } from './play-over-http.ts'
import { createTally } from './request-tally.ts'
import { openStage } from './stage.ts'
import type { ServedCode } from './world-client.ts'

/** Each of them must be seen within so many worlds. */
const worldsMax = 40
const firstSeed = 6_000_000
/** A minute where nothing else runs. */
const limitMs = 300_000

t.setTimeout(limitMs)

t.test('however a request is misread or an answer is wrong, worlds over HTTP see it', async (t) => {
  t.setTimeout(limitMs)
  // What is copied finds its packages, and its version, where the original does.
  const project = join(runFolder(), 'broken-routes')
  cpSync(join(projectRoot, 'src'), join(project, 'src'), { recursive: true })
  cpSync(join(projectRoot, 'package.json'), join(project, 'package.json'))
  symlinkSync(join(projectRoot, 'node_modules'), join(project, 'node_modules'))

  for (const [index, { broken, file, from, to }] of breakagesOfRoutes.entries()) {
    const folder = join(project, `src-${index}`)
    cpSync(join(project, 'src'), folder, { recursive: true })
    const source = readFileSync(join(folder, file), 'utf8')
    if (source.split(from).length !== 2) {
      t.fail(`${broken}: ${file} holds the line to break ${source.split(from).length - 1} times`)
      continue
    }
    writeFileSync(
      join(folder, file),
      source.replace(from, () => to),
    )
    await t.test(broken, async (t) => {
      const worlds = Array.from({ length: worldsMax }, (_, index) => {
        const random = createRandom(firstSeed + index)
        return { random, world: createWorldFrom(random, firstSeed + index, String(1_000 + index)) }
      })
      const stage = await openStage(
        t,
        worlds.map(({ world }) => world),
        await importServed(folder),
      )
      for (const { world, random } of worlds) {
        const { faults, steps } = await playOverHttp(stage, world, random, createTally())
        if (faults.length === 0) continue
        t.pass(`seen in world ${world.seed} after ${steps} steps: ${faults[0]}`)
        return
      }
      t.fail(`not seen in ${worldsMax} worlds`)
    })
  }
})

async function importServed(folder: string): Promise<ServedCode> {
  type App = typeof import('../../src/app.ts')
  type Authentication = typeof import('../../src/http/authentication/authentication.ts')
  type Keys = typeof import('../../src/http/authentication/key-set.ts')
  type Lifecycle = typeof import('../../src/http/lifecycle.ts')
  const { buildApp } = await importBroken<App>(folder, 'app.ts')
  const authentication = await importBroken<Authentication>(folder, 'http/authentication/authentication.ts')
  const { createAuthentication } = authentication
  const { keySetFromFile } = await importBroken<Keys>(folder, 'http/authentication/key-set.ts')
  const { createLifecycle } = await importBroken<Lifecycle>(folder, 'http/lifecycle.ts')
  return { buildApp, createAuthentication, keySetFromFile, createLifecycle }
}
