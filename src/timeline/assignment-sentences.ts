import type { AssignmentStart } from '../domain/assignment.ts'
import type { IncidentEvent } from '../domain/event.ts'
import type { NameOf } from '../incidents/incident-view.ts'
import { partWords } from '../wording/domain-words.ts'
import { readAs } from '../wording/shanghai-time.ts'
import type { Wording } from '../wording/wording.ts'
import { actorWords, handedWords, inOneSentence, listedWords, type Telling } from './timeline-words.ts'

/** Sentences about units that are called, and areas that a case is handed down to: 吹哨、下派、报到、到场、退单. */

/** A whistle or a handing down: who was called as what, and by when they have to be there. */
export function callWords(
  type: 'whistle_blown' | 'handed_down',
  { at, changes: { assigned, started } }: IncidentEvent,
  { nameOf }: Telling,
): Wording {
  const area = nameOf({ kind: 'area', code: assigned[0]?.whistledBy ?? '' })
  const called = listedWords(assigned.map((assignment) => assignmentWords(assignment, nameOf)))
  const due = readAs(started.find(({ assignmentNo }) => assignmentNo !== null)?.dueAt ?? at, at)
  const call =
    type === 'handed_down'
      ? { zh: '下派给', en: 'handed the case down to' }
      : { zh: '吹哨，派单给', en: 'blew the whistle for' }
  return inOneSentence(
    {
      zh: `${area}${call.zh}${called.zh}，须于 ${due} 前到场`,
      en: `${area} ${call.en} ${called.en}, due on site by ${due}`,
    },
    ...handedWords(started, nameOf),
  )
}

type OfAssignment = Extract<
  IncidentEvent['type'],
  | 'assignment_accepted'
  | 'arrived'
  | 'assignment_returned'
  | 'return_ruled'
  | 'assignment_withdrawn'
  | 'assignment_finished'
>

/** What was done with one assignment. An area's own worker arrives without any. */
export function assignmentMoveWords(type: OfAssignment, event: IncidentEvent, telling: Telling): Wording {
  const { nameOf, assignments } = telling
  const who = actorWords(event.actor, nameOf)
  const [move] = event.changes.assignments ?? []
  const assignment = move === undefined ? undefined : assignments.get(move.no)
  const role = asWords(assignment)
  const called = assignment === undefined ? { zh: '', en: '' } : assignmentWords(assignment, nameOf)
  const area = nameOf({ kind: 'area', code: assignment?.whistledBy ?? '' })
  switch (type) {
    case 'assignment_accepted':
      return { zh: `${who.zh}${role.zh}报到`, en: `${who.en} reported in${role.en}` }
    case 'arrived':
      return event.type === 'arrived' && event.farFromPlace === true
        ? {
            zh: `${who.zh}${role.zh}到场，所报位置离事发地过远，已标记`,
            en: `${who.en} arrived${role.en}; the claimed position is too far from the place and is flagged`,
          }
        : { zh: `${who.zh}${role.zh}到场`, en: `${who.en} arrived on site${role.en}` }
    case 'assignment_returned':
      return move?.move === 'request_return'
        ? {
            zh: `${who.zh}${role.zh}申请退单，由${area}的上级裁定，裁定前仍须到场`,
            en: `${who.en} wants to return the assignment${role.en}; the area above ${area} rules on it, and until then it stands`,
          }
        : {
            zh: `${who.zh}${role.zh}退单，由${area}重新派单`,
            en: `${who.en} returned the assignment${role.en}; ${area} has to assign again`,
          }
    case 'return_ruled':
      return move?.move === 'refuse_return'
        ? {
            zh: `${who.zh}裁定退单不成立：${called.zh}须到场`,
            en: `${who.en} refused the return: ${called.en} has to go`,
          }
        : {
            zh: `${who.zh}裁定退单成立：${called.zh}，由${area}重新派单`,
            en: `${who.en} upheld the return of ${called.en}; ${area} has to assign again`,
          }
    case 'assignment_withdrawn':
      return { zh: `${who.zh}撤回对${called.zh}的派单`, en: `${who.en} called off ${called.en}` }
    case 'assignment_finished':
      return { zh: `${who.zh}${role.zh}完成所派任务`, en: `${who.en} finished the assignment${role.en}` }
  }
}

/** The areas of the case are not what they were: who goes on with what. */
export function dutyMovedWords(
  { changes: { started, reassigned = [], assignments = [] } }: IncidentEvent,
  { nameOf, assignments: known }: Telling,
): Wording {
  const own = started.filter(({ assignmentNo }) => assignmentNo === null)
  const carried = reassigned.map(({ no, assignee, whistledBy }) => {
    const part = known.get(no)?.part ?? 'lead'
    const called = assignmentWords({ assignee, part }, nameOf)
    const area = nameOf({ kind: 'area', code: whistledBy })
    return {
      zh: `派单由${called.zh}继续办理，归${area}管辖`,
      en: `${called.en} carries the assignment on for ${area}`,
    }
  })
  const calledOff = assignments.flatMap(({ no }) => {
    const assignment = known.get(no)
    if (assignment === undefined) return []
    const called = assignmentWords(assignment, nameOf)
    return [{ zh: `撤回对${called.zh}的派单`, en: `${called.en} is called off` }]
  })
  return inOneSentence(
    { zh: '辖区调整，责任随之移交', en: 'the areas have changed, and duty has moved with them' },
    ...handedWords(own, nameOf),
    ...carried,
    ...calledOff,
  )
}

function assignmentWords(
  { assignee, part }: Pick<AssignmentStart, 'assignee' | 'part'>,
  nameOf: NameOf,
): Wording {
  const name = nameOf(assignee)
  return { zh: `${name}（${partWords[part].zh}）`, en: `${name} (${partWords[part].en})` }
}

function asWords(assignment: AssignmentStart | undefined): Wording {
  if (assignment === undefined) return { zh: '', en: '' }
  const { zh, en } = partWords[assignment.part]
  return { zh: `作为${zh}`, en: ` as ${en}` }
}
