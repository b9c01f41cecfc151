import type { HeaderValues } from '../schema/calls/delivery.js'
import { MASK } from '../schema/state.js'
import { decodeForm } from './decoding.js'
import { parseJsonPath, valueAtPath } from './json-path.js'

/** The content of a request as a match compares it, with its secrets masked. */
export interface RequestContent {
  /** The values of each parameter of the query. */
  query: Values
  /** The values of each header, by its name in lower case. */
  headers: Values
  body: BodyContent
}

/** The values of each name, in their order. */
export type Values = ReadonlyMap<string, readonly string[]>

/** A body, and its members as far as they can be read. */
export type BodyContent =
  | { kind: 'none' }
  | { kind: 'json'; text: string; value: unknown }
  | { kind: 'form'; text: string; values: Values }
  | { kind: 'unreadable'; text: string; reason: string }

/** A request as the journal shows it. */
export interface ShownRequest {
  target: string
  headers: HeaderValues
  body: string
  /** The parameters of a body that was read as a form, whatever its text is. */
  form?: string | undefined
  isCut: boolean
}

/** Reads the content of a request. */
export function readContent({ target, headers, ...body }: ShownRequest): RequestContent {
  const named = collect(
    Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((value): [string, string] => [name.toLowerCase(), value])
    )
  )
  const query = /^[^?#]*\?([^#]*)/.exec(target)?.[1] ?? ''
  return { query: readForm(query), headers: named, body: readBody(body, named.get('content-type')?.at(-1) ?? '') }
}

/**
 * The texts at a key of a body: `$` is the whole text, `$.a.b[0]` a path into JSON. Another key is the name of a form
 * parameter or of a JSON member; a JSON body without that member has it as a path. What is no text is compact JSON.
 * @returns undefined when the members cannot be read
 */
export function textsAt(body: BodyContent, key: string): readonly string[] | undefined {
  if (body.kind === 'none') return []
  if (key === '$') return [body.text]
  if (body.kind === 'unreadable') return undefined
  const path = parseJsonPath(key.startsWith('$') ? key : `$.${key}`)
  if (body.kind === 'form') {
    const name = key.startsWith('$') && path?.length === 1 ? String(path[0]) : key
    return body.values.get(name) ?? []
  }
  const found =
    (key.startsWith('$') ? undefined : valueAtPath(body.value, [key])) ?? valueAtPath(body.value, path ?? [key])
  if (found === undefined) return []
  return [typeof found === 'string' ? found : JSON.stringify(found)]
}

function readBody({ body: text, form, isCut }: Omit<ShownRequest, 'target' | 'headers'>, type: string): BodyContent {
  if (form !== undefined) return { kind: 'form', text, values: readForm(form) }
  if (text === '') return { kind: 'none' }
  if (text === MASK) return { kind: 'unreadable', text, reason: 'it is masked as a whole' }
  if (isCut) return { kind: 'unreadable', text, reason: 'it was longer than 64 KiB and is cut' }
  if (/^[^;]*x-www-form-urlencoded/i.test(type)) return { kind: 'form', text, values: readForm(text) }
  try {
    return { kind: 'json', text, value: JSON.parse(text) }
  } catch {
    return { kind: 'unreadable', text, reason: 'it is neither JSON nor a form' }
  }
}

/** The parameters of a form or query. One without = is empty. */
const readForm = (form: string): Values =>
  collect(
    form
      .split('&')
      .filter(pair => pair !== '')
      .map((pair): [string, string] => {
        const end = pair.indexOf('=')
        return end === -1 ? [decodeForm(pair), ''] : [decodeForm(pair.slice(0, end)), decodeForm(pair.slice(end + 1))]
      })
  )

function collect(pairs: readonly [string, string][]): Values {
  const values = new Map<string, string[]>()
  for (const [name, value] of pairs) {
    const earlier = values.get(name)
    if (earlier === undefined) values.set(name, [value])
    else earlier.push(value)
  }
  return values
}
