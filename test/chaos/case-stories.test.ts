import t from 'tap'
import { drawStory } from '../../chaos/case-stories.ts'
import { createRandom } from '../../chaos/seeded-random.ts'
import { commandTypes } from '../../src/domain/transitions.ts'

const caller = (principal: string) => ({ principal, token: principal })
const setting = {
  place: {
    communityCode: '420202007001',
    streetCode: '420202007000',
    leadUnit: '420202-fire-rescue',
    residents: [caller('王奶奶')],
    gridWorker: caller('网格员'),
    community: caller('社区'),
    street: caller('街道'),
    district: caller('区'),
    responder: caller('消防'),
    otherResponder: caller('志愿者'),
    supportUnit: '420202-volunteers',
    foreigner: caller('外区'),
  },
  administrator: caller('管理员'),
  auditor: caller('督查员'),
  anonymousReport: 'report',
  elder: 'elder',
} as const
const draws = 1_000

t.test('people do everything that the domain knows', async (t) => {
  const random = createRandom('all')
  const done = new Set(
    Array.from({ length: draws }, () => drawStory(setting, random).map(({ command }) => command)).flat(),
  )
  t.same([...done].sort(), [...commandTypes].sort())
})

t.test('nobody asks who sent a report that was not anonymous', async (t) => {
  const random = createRandom('named')
  const named = { ...setting, anonymousReport: undefined }
  const asked = Array.from({ length: draws }, () => drawStory(named, random)).flat()
  t.equal(asked.filter(({ command }) => command === 'reveal_reporter').length, 0)
})
