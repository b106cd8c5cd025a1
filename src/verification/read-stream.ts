import type { EventTable } from '../database/schema.ts'
import { parseIncidentEvent } from '../incidents/event-schema.ts'
import type { FaultLog } from './audit-fault.ts'
import { beginning, checkEvent, type Tail } from './check-chain.ts'
import { type RebuiltIncident, rebuildIncident } from './rebuild-incident.ts'
import {
  type RebuiltRegistry,
  type ReplayedRegistry,
  rebuildRegistry,
  replayedRegistries,
} from './rebuild-registry.ts'

/** One stream while it is read. */
export interface OpenStream {
  readonly name: string
  /** Null for a registry's stream. */
  readonly incidentId: string | null
  readonly replay: ReturnType<typeof rebuildIncident> | null
  readonly registry: ReturnType<typeof rebuildRegistry> | null
  tail: Tail
  /** Every event so far could follow the ones before it. */
  replayed: boolean
  districtCode: string | null
}

/** A stream that was read to its end. */
export interface ClosedStream {
  readonly name: string
  readonly incidentId: string | null
  readonly tail: Tail
  readonly rebuilt: RebuiltIncident | undefined
  readonly registry: RebuiltRegistry | undefined
}

const incidentStream = /^incident\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/

/** A stream before its first event; its name tells whose it is. */
export function openStream(name: string): OpenStream {
  const incidentId = incidentStream.exec(name)?.[1] ?? null
  return {
    name,
    incidentId,
    replay: incidentId === null ? null : rebuildIncident(incidentId),
    registry: isReplayed(name) ? rebuildRegistry(name) : null,
    tail: beginning,
    replayed: true,
    districtCode: null,
  }
}

function isReplayed(name: string): name is ReplayedRegistry {
  return replayedRegistries.some((registry) => registry === name)
}

/** Checks the next event of a stream and adds it to the replay, as long as every event before it could be added. */
export function readEvent(stream: OpenStream, event: EventTable, faults: FaultLog): void {
  const { name, replay, registry } = stream
  const contiguous = event.seq === stream.tail.seq + 1
  const { tail, body } = checkEvent(stream.tail, event, faults)
  stream.tail = tail
  if ((replay === null && registry === null) || !stream.replayed) return
  if (!contiguous || body === undefined) {
    stream.replayed = false
    return
  }
  const add = (kind: 'body' | 'replay' | 'column', field: string, expected: string, found: string) =>
    faults.add({ kind, stream: name, seq: event.seq, field, expected, found })
  if (registry !== null) {
    const misfit = registry.add({ ...event, body })
    if (misfit === undefined) return
    add('replay', 'event', misfit, event.type)
    stream.replayed = false
    return
  }
  const parsed = tryParse(event.body)
  if (typeof parsed === 'string') {
    add('body', 'body', 'an event of an incident', parsed)
    stream.replayed = false
    return
  }
  if (parsed.type === 'report_received') stream.districtCode = parsed.incident.districtCode
  if (event.district_code !== stream.districtCode)
    add('column', 'district_code', String(stream.districtCode), String(event.district_code))
  const misfit = replay?.add(parsed)
  if (misfit === undefined) return
  add('replay', misfit.field, misfit.expected, misfit.found)
  stream.replayed = false
}

/** The longest part of a parser's complaint that is worth keeping. */
const complaintMax = 300

function tryParse(body: string): ReturnType<typeof parseIncidentEvent> | string {
  try {
    return parseIncidentEvent(body)
  } catch (error) {
    return String(error instanceof Error ? error.message : error)
      .replaceAll(/\s+/g, ' ')
      .slice(0, complaintMax)
  }
}

export function closeStream({
  name,
  incidentId,
  replay,
  registry,
  replayed,
  tail,
}: OpenStream): ClosedStream {
  return {
    name,
    incidentId,
    tail,
    rebuilt: replayed ? replay?.result() : undefined,
    registry: replayed ? registry?.result() : undefined,
  }
}
