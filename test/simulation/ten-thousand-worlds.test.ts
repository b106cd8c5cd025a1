import t from 'tap'
import { describeFailure } from '../../chaos/simulation/describe-failure.ts'
import { simulateWorlds } from '../../chaos/simulation/simulate-worlds.ts'
import { counted, type Tally } from '../../chaos/simulation/tally.ts'
import { promiseKinds } from '../../src/domain/deadline.ts'
import { commandEvents, counterpartEvents, timerEvents } from '../../src/domain/event.ts'
import { incidentStates } from '../../src/domain/incident-state.ts'
import { refusalCodes } from '../../src/domain/refusal.ts'
import { commandTypes } from '../../src/domain/transitions.ts'

const worlds = 10_000
/** It takes fifty assignments and more, which tests of their own make. */
const isTooMany = (code: string) => code.startsWith('too_many_')
const eventTypes = [
  ...Object.values(commandEvents),
  ...counterpartEvents,
  ...timerEvents,
  'deadline_breached',
]

/** Half a minute where nothing else runs. */
const limitMs = 300_000

t.setTimeout(limitMs)

t.test('ten thousand worlds go as the reference model says, step by step', async (t) => {
  t.setTimeout(limitMs)
  const tally: Tally = new Map()
  const failure = simulateWorlds({ first: 1, worlds }, tally)
  t.equal(failure, undefined, failure === undefined ? `${worlds} worlds` : describeFailure(failure))
  const often = (what: string, least = 1) => {
    const times = counted(tally, what)
    t.ok(times >= least, `${what}: ${times}`)
  }

  await t.test('and are no trivial ones', async (t) => {
    const missed = incidentStates.flatMap((state) =>
      commandTypes.flatMap((command) =>
        counted(tally, `act ${state} ${command}`) > 0 ? [] : [`${command} in ${state}`],
      ),
    )
    t.same(
      missed,
      ['rate in merged'],
      'every command is asked for in every state, but what is merged is rated elsewhere',
    )
    const words = new Set([...tally.keys()].map((what) => what.split(' ').at(-1)))
    t.same(
      refusalCodes.filter((code) => !words.has(code) && !isTooMany(code)),
      [],
      'every refusal is met',
    )
    t.same(
      eventTypes.filter((type) => counted(tally, `event ${type}`) < 50),
      [],
      'everything happens often',
    )
    t.same(
      commandTypes.filter((command) => counted(tally, `accepted ${command}`) < 500),
      [],
      'whatever can be asked for is granted often',
    )
  })

  await t.test('and reach the edges', async () => {
    for (const promise of promiseKinds) {
      for (const rung of ['grid', 'community', 'street', 'district'])
        often(`breach escalated ${promise} ${rung}`, 50)
      for (const top of ['street', 'district', 'city']) often(`breach exhausted ${promise} ${top}`, 50)
      often(`rungs ${promise} 5`, 20)
    }
    often('breach carried on_site unit', 500)
    often('edge met in the very instant it was due', 300)
    often('edge met 1 ms before it was due', 300)
    often('edge breached 1 ms after it was due', 300)
    for (const event of ['arrived', 'feedback_given', 'whistle_blown', 'reported_up', 'resolved'])
      often(`kept late by ${event}`, 100)
    often('move moved', 1_000)
    often('move to another district', 50)
    often('trust set ahead', 500)
    often('edge met late, by a clock that was not trusted', 100)
    often('wake settled', 5_000)
    for (const event of ['resumed', 'pause_ended', 'feedback_given', 'arrived', 'settled'])
      often(`clocks gone on by ${event}`, 20)
    for (const state of ['met', 'cancelled']) often(`edge ${state} while it stood still`, 100)
    often('breach carried on_site street', 50)
    often('merge brings forward', 50)
    often('merge gives back', 20)
    for (const what of ['beside another', 'undone beside another', 'of what was merged into'])
      often(`merge ${what}`, 10)
  })
})
