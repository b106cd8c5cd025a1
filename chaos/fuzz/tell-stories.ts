import type { BareAnswer } from './bare-client.ts'
import type { Contract } from './contract.ts'
import { type Drafting, draftRequest, encodeDraft } from './draft.ts'
import type { FuzzRequest, Principal } from './fuzz-request.ts'
import { isRecord, parsed } from './judge-answer.ts'
import { learnFrom } from './learned.ts'
import { storiesOfCases } from './stories-of-cases.ts'
import { storiesOfRegistries } from './stories-of-registries.ts'
import type { StoryStep } from './story-steps.ts'

/** Stories that between them have every operation succeed that needs something to be there first. */
const stories = [...storiesOfCases, ...storiesOfRegistries]

interface StoryInTelling {
  readonly steps: readonly StoryStep[]
  readonly told: Map<string, string>
  /** What other requests may learn of, once the story is told. */
  readonly learnt: (() => void)[]
  next: number
  /** The step that is under way. */
  asked: FuzzRequest | undefined
}

/** Each story is told once more as soon as it ends, so a run of some size has each of its steps many times. */
export interface Stories {
  /** The next steps, at most one of each story: what they need has been answered by then. */
  next(): FuzzRequest[]
  /** Whether the answer was one to a story, which then goes on with it. */
  hear(request: FuzzRequest, answer: BareAnswer): boolean
}

/**
 * Tells stories beside all other requests. Nobody else learns of their objects before the end, so every step must succeed:
 * one that is refused is a failure, and its story begins afresh.
 *
 * @param hidden reports anonymously, and nothing else
 */
export function tellStories(contract: Contract, drafting: Drafting, hidden: Principal): Stories {
  const { learned, random } = drafting
  let count = 0
  const begin = (index: number): StoryInTelling => {
    count += 1
    const mark = `${count}`
    return {
      steps: stories[index]?.(mark, random) ?? [],
      told: new Map(),
      learnt: [],
      next: 0,
      asked: undefined,
    }
  }
  const underWay = stories.map((_, index) => begin(index))

  function ask(story: StoryInTelling): FuzzRequest | undefined {
    const step = story.steps[story.next]
    if (step === undefined || story.asked !== undefined) return undefined
    const operation = contract.operations.find(({ id }) => id === step.operation)
    const principal = [...learned.principals, hidden].find(({ name }) => name === step.by)
    if (operation === undefined || (step.by !== null && principal === undefined))
      throw new Error(`A story has ${step.by} ask for ${step.operation}`)
    const draft = draftRequest(operation, principal, drafting, step.asks(story.told))
    const expects = step.or === undefined ? 'accepted' : 'either'
    story.asked = encodeDraft(draft, 'a step of a story', { kind: expects })
    return story.asked
  }

  return {
    next: () => underWay.flatMap((story) => ask(story) ?? []),
    hear(request, answer) {
      const index = underWay.findIndex(({ asked }) => asked === request)
      const story = underWay[index]
      if (story === undefined) return false
      const { operation, principal } = request
      const step = story.steps[story.next]
      const body = parsed(answer.body)
      story.asked = undefined
      const refused = answer.status >= 300 && answer.status !== step?.or
      if (refused || step === undefined) underWay[index] = begin(index)
      else {
        noteTexts(story, step, answer)
        if (operation !== undefined && principal?.hidden !== 'is')
          story.learnt.push(() => learnFrom(learned, operation, principal, body))
        story.next += 1
        if (story.next === story.steps.length) {
          for (const learn of story.learnt) learn()
          underWay[index] = begin(index)
        }
      }
      return true
    },
  }
}

function noteTexts({ told }: StoryInTelling, { calls = {} }: StoryStep, answer: BareAnswer): void {
  const body = parsed(answer.body)
  told.set('etag', answer.headers.get('etag') ?? '')
  if (!isRecord(body)) return
  for (const [name, value] of Object.entries(body))
    if (typeof value === 'string') told.set(calls[name] ?? name, value)
  const { plannedChange } = body
  if (isRecord(plannedChange) && typeof plannedChange.id === 'string')
    told.set('plannedChangeId', plannedChange.id)
}
