import type { RecordedBody, RecordedHeaders, RecordedResponse } from '../../schema/recordings/recording.js'
import { compareIds, compareValues } from './compare-values.js'
import { type Finding, kindOf, printNames, printValue } from './finding.js'
import { pathOfAddress } from './forms.js'
import type { Identities } from './identities.js'

/** The parts of an answer that are compared. */
export type ComparedAnswer = Pick<RecordedResponse, 'status' | 'headers' | 'body'>

/**
 * The differences of two answers to the same request. With another status, headers and body differ for that reason
 * alone: only the status is named.
 * @assumed 0029
 */
export function compareAnswers(recorded: ComparedAnswer, own: ComparedAnswer, identities: Identities): Finding[] {
  if (recorded.status !== own.status)
    return [{ kind: 'status', recorded: printStatus(recorded), emulator: printStatus(own) }]
  return [
    ...compareHeaders(recorded.headers, own.headers, identities),
    ...compareBodies(recorded.body, own.body, identities)
  ]
}

/** The status with the code of the error, where there is one. */
export function printStatus({ status, body }: ComparedAnswer): string {
  const error: unknown = Reflect.get(Object(readBody(body).json), 'error')
  const code: unknown = typeof error === 'string' ? error : Reflect.get(Object(error), 'code')
  return typeof code === 'string' ? `${status} ${code}` : String(status)
}

/** Headers of the connection, of the server's software, and of this program: none is a behaviour that is emulated. */
const IGNORED =
  /^(?:date|server|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|via|age|x-emulator-.*)$/

/** The headers whose values are compared. */
const COMPARED = ['content-type', 'www-authenticate', 'cache-control', 'location', 'retry-after', 'allow']

function compareHeaders(recorded: RecordedHeaders, own: RecordedHeaders, identities: Identities): Finding[] {
  const [names, ownNames] = [namesOf(recorded), namesOf(own)]
  const missing = [...names].filter(([name]) => !ownNames.has(name))
  const extra = [...ownNames].filter(([name]) => !names.has(name))
  const shared = [...names].filter(([name]) => ownNames.has(name))
  return [
    ...missing.map(
      ([name, member]): Finding => ({
        kind: 'headerMissing',
        member,
        recorded: COMPARED.includes(name) ? printNames(valuesOf(recorded, name)) : 'it is sent',
        emulator: 'nothing'
      })
    ),
    ...extra.map(
      ([name, member]): Finding => ({
        kind: 'headerExtra',
        member,
        recorded: 'nothing',
        emulator: COMPARED.includes(name) ? identities.restore(printNames(valuesOf(own, name))) : 'it is sent'
      })
    ),
    ...shared.flatMap(([name, member]): Finding[] => {
      const ownMember = ownNames.get(name) ?? ''
      const cases: Finding[] =
        member === ownMember ? [] : [{ kind: 'headerCase', member, recorded: member, emulator: ownMember }]
      const [values, ownValues] = [valuesOf(recorded, name).join(', '), valuesOf(own, name).join(', ')]
      return [...cases, ...(COMPARED.includes(name) ? compareHeader(name, values, ownValues, identities, member) : [])]
    })
  ]
}

function compareHeader(name: string, recorded: string, own: string, identities: Identities, member: string): Finding[] {
  if (name === 'location') return compareLocations(recorded, own, identities, member)
  const plain = (text: string) => (name === 'content-type' ? text.toLowerCase().replace(/\s*;\s*/g, ';') : text)
  return plain(recorded) === plain(own) ? [] : [{ kind: 'headerValue', member, recorded, emulator: own }]
}

/** The addresses of a redirect: its parameters one by one, because a code differs each time. */
function compareLocations(recorded: string, own: string, identities: Identities, member: string): Finding[] {
  const [path = '', query = ''] = partsOf(recorded)
  const [ownPath = '', ownQuery = ''] = partsOf(own)
  const parameters = [...new URLSearchParams(query)]
  const ownParameters = [...new URLSearchParams(ownQuery)]
  const differ: Finding[] = [{ kind: 'headerValue', member, recorded, emulator: identities.restore(own) }]
  if (identities.translate(path) !== ownPath || parameters.length !== ownParameters.length) return differ
  return parameters.flatMap(([name, value], at): Finding[] => {
    const [ownName, ownValue = ''] = ownParameters[at] ?? []
    if (name !== ownName) return differ
    if (name === 'code') return compareIds(value, ownValue, identities, `${member} code`)
    return identities.translate(value) === ownValue ? [] : differ
  })
}

/** The address of a redirect, without the host of the PBX or the emulator where its path is of their services; and its query. */
function partsOf(location: string): string[] {
  const path = pathOfAddress(location)
  const own = path !== undefined && /^\/(?:uapi|unifiedapi|oauth)\b/.test(path) ? path : location
  return own.split(/\?(.*)/s)
}

/** The names of the headers that are compared, as they were written, by their names in small letters. */
const namesOf = (headers: RecordedHeaders): Map<string, string> =>
  new Map(
    headers.flatMap(([name = '']) => (IGNORED.test(name.toLowerCase()) ? [] : [[name.toLowerCase(), name] as const]))
  )

const valuesOf = (headers: RecordedHeaders, wanted: string): string[] =>
  headers.flatMap(([name = '', value = '']) => (name.toLowerCase() === wanted ? [value] : []))

function compareBodies(
  recorded: RecordedBody | undefined,
  own: RecordedBody | undefined,
  identities: Identities
): Finding[] {
  if (recorded !== undefined && 'omitted' in recorded) return []
  const [read, ownRead] = [readBody(recorded), readBody(own)]
  if (read.kind !== ownRead.kind) return [{ kind: 'body', recorded: read.kind, emulator: ownRead.kind }]
  if (read.kind === JSON_BODY) return compareValues(read.json, ownRead.json, identities)
  if (read.kind !== TEXT_BODY || identities.translate(read.text) === ownRead.text) return []
  return [{ kind: 'value', recorded: printValue(read.text), emulator: printValue(identities.restore(ownRead.text)) }]
}

const JSON_BODY = 'JSON'
const TEXT_BODY = 'text'

/** A body as a report names it. The pages of a PBX are HTML, and none is emulated. */
function readBody(body: RecordedBody | undefined): { kind: string; text: string; json?: unknown } {
  if (body === undefined || 'omitted' in body) return { kind: kindOf(undefined), text: '' }
  if ('base64' in body) return { kind: 'bytes that are not UTF-8', text: '' }
  const { text } = body
  if (text === '') return { kind: kindOf(undefined), text }
  try {
    return { kind: JSON_BODY, text, json: JSON.parse(text) }
  } catch {
    return { kind: /^\s*<(?:!doctype html|html)\b/i.test(text) ? 'an HTML page' : TEXT_BODY, text }
  }
}
