// Holds answers to their documents.
import { CANARY } from './generate.mjs'

/** Options of Ajv: each schema is compiled once, and its code is not optimized, which takes longer than the checks. */
export const COMPILES_FAST = { inlineRefs: false, code: { optimize: false } }

/**
 * Creates a function that gives what is wrong with an answer, in one sentence; undefined when nothing is.
 * @param Ajv the class of Ajv for JSON Schema 2020-12
 * @param folder that of this clone, which no answer may name
 */
export function createJudge(Ajv, folder) {
  const compiled = new Map() // by the text of the document
  const validators = new Map()

  const validatorOf = (document, pointer) => {
    const key = JSON.stringify(document.paths ? [document.info?.title, pointer, idOf(document)] : pointer)
    if (!validators.has(key))
      validators.set(key, compiled.get(idOf(document)).getSchema(`document#/${pointer.map(escapePart).join('/')}`))
    return validators.get(key)
  }
  const ids = new WeakMap()
  const idOf = document => {
    if (!ids.has(document)) {
      const ajv = new Ajv({ strict: false, validateFormats: false, logger: false, ...COMPILES_FAST })
      ajv.addSchema(document, 'document')
      ids.set(document, compiled.size)
      compiled.set(compiled.size, ajv)
    }
    return ids.get(document)
  }

  return function judge({ operation, isOtherPath, path }, answer, document) {
    const { status, headers, body } = answer
    const reason = headers['x-emulator-reason']
    const leak = leakIn(answer, operation)
    if (leak) return `the answer has ${leak}`
    if (reason === 'fault_injected') return undefined
    if (status >= 500 && ![501, 503, 507].includes(status)) return `the status ${status} (${reason ?? 'no reason'})`
    if (status >= 400 && reason === undefined) return `the status ${status} without X-Emulator-Reason`
    if (isOtherPath && [400, 404, 405, 414, 501].includes(status)) return undefined // another path, or none
    const described = operation.spec.responses[status] ?? operation.spec.responses[`${String(status)[0]}XX`]
    if (isOtherPath && !path.startsWith('/_emulator') && described === undefined) return undefined
    if (described === undefined)
      return `the status ${status} (${reason ?? 'no reason'}), which its document does not have`
    const type = (headers['content-type'] ?? '').split(';')[0]
    const content = described.content
    if (content === undefined) return body === '' ? undefined : `a body with the status ${status}, which has none`
    if (!(type in content))
      return `the content type "${type}" with ${status}; documented are ${Object.keys(content).join(', ')}`
    if (type !== 'application/json') return undefined
    let value
    try {
      value = JSON.parse(body)
    } catch {
      return `a body with ${status} that is no JSON`
    }
    if (isOtherPath && status < 400) return undefined // perhaps of another operation
    const key = operation.spec.responses[status] ? String(status) : `${String(status)[0]}XX`
    const pointer = [
      'paths',
      operation.path,
      operation.method.toLowerCase(),
      'responses',
      key,
      'content',
      type,
      'schema'
    ]
    const validate = validatorOf(document, pointer)
    if (validate(value)) return undefined
    const [error] = validate.errors ?? []
    return `a body with ${status} that its schema refuses: ${error?.instancePath || '/'} ${error?.message}`
  }

  function leakIn({ status, headers, body }, { spec }) {
    const text = `${JSON.stringify(headers)}\n${body}`
    if (text.includes(CANARY)) return 'a credential that was sent'
    if (text.includes(folder) || /node_modules|node:internal/.test(text)) return 'a path of this machine'
    if (status >= 400 && /SQLITE|better-sqlite3|\b(?:SELECT|INSERT INTO|UPDATE) \w+/.test(body)) return 'SQL'
    if (status >= 400 && /\n {4}at /.test(body)) return 'a stack'
    if (!/Fixture|Snapshot$/i.test(spec.operationId) && status >= 400 && /emulator-secret/.test(body)) return 'a secret'
    return undefined
  }
}

const escapePart = part => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
