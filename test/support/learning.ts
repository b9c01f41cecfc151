import { createLearner, type Lesson } from '../../src/domain/learning/learner.js'
import { readEntry, readStart } from '../../src/domain/recordings/line.js'
import type { Settings } from '../../src/schema/settings.js'
import type { Recorder } from './recorder.js'

/** Learns from the text of recordings, by the names of their files. */
export function learnFrom(texts: Record<string, string>): Lesson {
  const learner = createLearner()
  for (const [file, text] of Object.entries(texts)) {
    for (const [index, line] of text.trimEnd().split('\n').entries()) {
      const read = index === 0 ? readStart(line) : readEntry(line)
      if ('problem' in read) throw new Error(`${file}:${index + 1} ${read.problem}`)
      if (!('recording' in read)) learner.add({ file, line: index + 1, entry: read })
    }
  }
  return learner.result()
}

/** Learns from what a recorder recorded. */
export async function learnFromRecorder(recorder: Recorder): Promise<Lesson> {
  const { exchanges, webhooks } = await recorder.recordings()
  return learnFrom({ 'exchanges.jsonl': exchanges, 'webhooks.jsonl': webhooks })
}

/** The settings that were learned, by name. */
export const valuesOf = ({ settings }: Lesson): Partial<Settings> =>
  Object.fromEntries(settings.map(({ name, value }) => [name, value]))

/** Each value that a switch can have. */
export const SWITCHES = {
  listEnvelope: ['array', 'object'],
  emptyCollection: [204, 200],
  invalidTokenStatus: [401, 403],
  callFlowCase: ['lower', 'upper'],
  absentParameters: ['omit', 'empty'],
  hangupStatus: ['cause', 'unknown', 'hangup'],
  callIds: ['perLeg', 'perCall'],
  phoneCallNumbers: ['string', 'number'],
  webhookOrder: ['serial', 'concurrent']
} as const satisfies { [Name in keyof Settings]?: readonly Settings[Name][] }

/** A lifetime and zones of the other settings. Their offset in winter and in summer is the same. */
export const LIFETIMES = [3600, 7200, 60] as const
export const ZONES = ['UTC', 'Etc/GMT-2', 'Asia/Kolkata'] as const

/** A recorded request, its status, and that of its replay. */
export interface Replayed {
  what: string
  recorded: number
  replayed: number
}

/** Sends the requests of a recording to another address. Ids that answers give take the place of the recorded ones. */
export async function replay(exchanges: string, url: string): Promise<Replayed[]> {
  const ids = new Map<string, string>()
  const replayed: Replayed[] = []
  for (const line of exchanges.trimEnd().split('\n').slice(1)) {
    const entry = readEntry(line)
    if (!('exchange' in entry)) throw new Error(`No exchange: ${line}`)
    const { request, response } = entry
    const target = [...ids].reduce((text, [recorded, own]) => text.replaceAll(recorded, own), request.target)
    const headers = request.headers.filter(([name = '']) => SENT.test(name))
    const answer = await fetch(url + target, {
      method: request.method,
      headers: headers.map(([name = '', value = '']): [string, string] => [name, value]),
      ...(request.body !== undefined && 'text' in request.body && { body: request.body.text })
    })
    const text = await answer.text()
    const [recorded, own] = [idIn(response?.body), idIn({ text })]
    if (recorded !== undefined && own !== undefined) ids.set(recorded, own)
    replayed.push({
      what: `${request.method} ${request.target}`,
      recorded: response?.status ?? 0,
      replayed: answer.status
    })
  }
  return replayed
}

const SENT = /^(?:authorization|content-type|cookie|x-xsrf-token)$/i

/** The id that Create gives. */
function idIn(body: unknown): string | undefined {
  const text: unknown = Reflect.get(Object(body), 'text')
  const [, event] = /^\{"PhoneCallEvent":\{.*?"id":"(\w+)"/.exec(String(text)) ?? []
  const [, call] = /^\[\{"id":"(\w+)"/.exec(String(text)) ?? []
  return event ?? call
}
