import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { incidentStates, openStates } from '../../src/domain/incident-state.ts'
import { type CommandType, commandTypes, transitions } from '../../src/domain/transitions.ts'
import { projectRoot } from '../../src/project-root.ts'

const document = readFileSync(join(projectRoot, 'ARCHITECTURE.md'), 'utf8')
/** The lines of each state diagram: what stands between its fence and the next. */
const drawings = [...document.matchAll(/```mermaid\s+stateDiagram-v2\n(.*?)```/gs)].map(
  ([, lines]) => lines ?? '',
)

t.test('ARCHITECTURE.md draws the life of an incident once, as the code lives it', async (t) => {
  const lives = drawings.filter((drawing) => drawing.includes('report_up'))
  t.equal(lives.length, 1, 'it stands there once')
  const [life = ''] = lives
  const group = /state open \{([^}]*)\}/.exec(life)
  t.same(group?.[1]?.trim().split(/\s+/), openStates, 'the open states are drawn as one')
  const [first, ...drawn] = life
    .replace(group?.[0] ?? '', '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  t.match(first, /^\[\*\] --> received:/, 'a case begins as received')
  t.same(drawn.flatMap(arrowsOf).toSorted(), commandTypes.flatMap(movesOf).toSorted())
  for (const state of incidentStates)
    t.ok(
      drawn.some((arrow) => arrow.includes(state)),
      `${state} is drawn`,
    )
})

/** What one line of the drawing says: several commands may stand on one arrow, and what the open states have in common once. */
function arrowsOf(line: string): string[] {
  const [ends = '', commands = ''] = line.split(': ')
  const arrows = ends === 'open --> open' ? openStates.map((state) => `${state} --> ${state}`) : [ends]
  return commands.split(', ').flatMap((command) => arrows.map((arrow) => `${arrow}: ${command}`))
}

function movesOf(command: CommandType): string[] {
  return transitions[command].moves.map(([from, to]) => `${from} --> ${to}: ${command}`)
}
