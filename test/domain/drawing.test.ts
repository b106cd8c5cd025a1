import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { incidentStates } from '../../src/domain/incident-state.ts'
import { commandTypes, type Transition, transitions } from '../../src/domain/transitions.ts'
import { projectRoot } from '../../src/project-root.ts'

const document = readFileSync(join(projectRoot, 'ARCHITECTURE.md'), 'utf8')
/** The lines of each state diagram: what stands between its fence and the next. */
const drawings = [...document.matchAll(/```mermaid\s+stateDiagram-v2\n(.*?)```/gs)].map(
  ([, lines]) => lines ?? '',
)

t.test('ARCHITECTURE.md draws the life of an incident once, as the code lives it', async (t) => {
  const lives = drawings.filter((drawing) => drawing.includes('report_up'))
  t.equal(lives.length, 1, 'it stands there once')
  const [first, ...drawn] = (lives[0] ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  t.match(first, /^\[\*\] --> received:/, 'a case begins as received')
  const arrows = commandTypes.flatMap((command) => {
    const { from, to }: Transition = transitions[command]
    return from.map((state) => `${state} --> ${to ?? state}: ${command}`)
  })
  t.same(drawn.toSorted(), arrows.toSorted())
  for (const state of incidentStates)
    t.ok(
      drawn.some((arrow) => arrow.includes(state)),
      `${state} is drawn`,
    )
})
