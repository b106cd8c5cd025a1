import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { Registry } from 'prom-client'
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { welcome } from '../../src/commands/welcome.ts'
import { readDatabaseClock } from '../../src/database/clock.ts'
import type { Actor } from '../../src/domain/actor.ts'
import type { DevelopmentIssuer } from '../../src/http/authentication/development-issuer.ts'
import { createLifecycle } from '../../src/http/lifecycle.ts'
import { Problem } from '../../src/http/problems/problem.ts'
import { createLogger } from '../../src/logger.ts'
import { seed } from '../../src/seed.ts'
import { createTestDatabase } from '../support/database.ts'
import { readDocument } from './markdown.ts'

// What `npm start` prints and the README adds is pasted into a real shell by whoever tries it; so does this test.

const prelude = `
curl() {
  command curl --fail-with-body "$@"
  code=$?
  # A live stream is left after a while (28); everything else has to end well.
  if [ $code -eq 0 ] || [ $code -eq 28 ]; then echo "well: $*" >&2; else echo "not well: $*" >&2; fi
}
`

const noCurl =
  spawnSync('curl', ['--version']).error === undefined ? false : 'there is no curl on this machine'

t.test('what is printed and what the README adds can be pasted', { skip: noCurl }, async (t) => {
  const { db } = await createTestDatabase(t)
  await seed({ db, readClock: readDatabaseClock })
  const actors = new Map<string, Actor>()
  const issuer: DevelopmentIssuer = {
    jwksPath: '/nowhere',
    issueToken: async ({ sub = '', role, area, unit }) => {
      actors.set(`Bearer ${sub}`, {
        id: sub,
        role,
        ...(area === undefined ? {} : { areaCode: area }),
        ...(unit === undefined ? {} : { unitCode: unit }),
      })
      return sub
    },
  }
  const app = await buildApp({
    db,
    readClock: readDatabaseClock,
    logger: createLogger({ logLevel: 'silent', name: 'test' }, { write: () => {} }),
    metrics: new Registry(),
    lifecycle: createLifecycle(),
    authenticate: async (authorization = '') => {
      const actor = actors.get(authorization)
      if (actor === undefined) throw new Problem('unauthenticated')
      return actor
    },
  })
  t.teardown(() => app.close())
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const printed = await welcome({ address, issuer, logs: '/nowhere' })

  const told = await paste([prelude, linesToPaste(printed), readmeLines()].join('\n'))
  const well = told.filter((line) => line.startsWith('well: '))
  const amiss = told.filter((line) => !line.startsWith('well: ') && !line.startsWith('curl: (28)'))
  t.same(amiss, [], 'every call was answered well, and the shell had nothing to say')
  t.ok(well.length > 35, `${well.length} calls were made`)
  const states = await db.selectFrom('incidents').select(['state']).orderBy('received_at').execute()
  t.match(states.slice(0, 3), [{ state: 'closed' }, { state: 'dispatched' }, { state: 'merged' }])
})

/** What of the printed page is meant for the shell: everything but its Chinese headlines and the address for people. */
function linesToPaste(page: string): string {
  return page
    .split('\n')
    .filter((line) => /^[#A-Za-z]/.test(line))
    .join('\n')
}

/** The blocks of the README's section for each role, which go on from there. */
function readmeLines(): string {
  const [, section = ''] = readDocument('README.md').split('\n## By what you do\n')
  const [own = ''] = section.split(/\n## /)
  return [...own.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, lines]) => lines).join('\n')
}

/** Runs lines in a shell and returns what it says on standard error, where `prelude` tells how each call ended. */
async function paste(lines: string): Promise<string[]> {
  const shell = spawn('bash', ['-s'], { stdio: ['pipe', 'ignore', 'pipe'] })
  shell.stdin.end(lines)
  const [said] = await Promise.all([text(shell.stderr), once(shell, 'close')])
  return said.trim().split('\n')
}
