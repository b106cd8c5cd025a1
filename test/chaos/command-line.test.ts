import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { wholeNumber } from '../../chaos/command-line.ts'
import { projectRoot } from '../../src/project-root.ts'

const programs = [
  ['chaos/chaos.ts', '--minutes', 'ever'],
  ['chaos/fuzz/fuzz.ts', '--requests', '一千'],
  ['chaos/simulation/simulate.ts', '--worlds', '-1'],
  ['chaos/syscalls/syscalls.ts', '--points', ''],
] as const

for (const [program, option, value] of programs)
  for (const words of [['--help'], [`${option}=${value}`]])
    t.test(`${program} ${words} tells how it is used, and does nothing`, async (t) => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['--import', import.meta.resolve('tsx'), join(projectRoot, program), ...words],
        { encoding: 'utf8' },
      )
      t.equal(status, 2)
      t.equal(stdout, '')
      const [why = '', empty, usage = ''] = stderr.split('\n')
      t.ok(why.includes(words[0] === '--help' ? '--help' : option), why)
      t.equal(empty, '')
      t.match(usage, /^npm run \w+ -- \[/)
    })

t.test('a whole number is nothing else', async (t) => {
  t.equal(wholeNumber('--seed', '7'), 7)
  for (const text of ['', ' ', '-1', '1.5', 'NaN', '1e300', '七'])
    t.throws(() => wholeNumber('--seed', text), /--seed/, `“${text}”`)
})
