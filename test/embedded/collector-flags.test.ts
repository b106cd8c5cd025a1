import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { collectorFlags } from '../../src/embedded/child-process.ts'
import { projectRoot } from '../../src/project-root.ts'

t.test('the image starts Node as npm start does', async (t) => {
  const dockerfile = readFileSync(join(projectRoot, 'Dockerfile'), 'utf8')
  const entrypoint: unknown = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(dockerfile)?.[1] ?? '')
  t.same(entrypoint, ['node', ...collectorFlags, 'bin/whistle.js'])
})
