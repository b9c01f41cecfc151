import { compareIds, compareOrder } from './compare-values.js'
import { type Finding, printValue } from './finding.js'
import { formOfCallId } from './forms.js'
import type { Identities } from './identities.js'
import type { SentWebhook } from './sent-webhook.js'

/** The differences of a recorded webhook and of the webhook that the emulator sends in its place. @assumed 0029 */
export function compareWebhooks(recorded: SentWebhook, own: SentWebhook, identities: Identities): Finding[] {
  const plain = (type: string) => type.toLowerCase().replace(/\s+/g, '')
  const isSameType = plain(recorded.contentType) === plain(own.contentType)
  if (recorded.method !== own.method) return [{ kind: 'method', recorded: recorded.method, emulator: own.method }]
  return [
    ...(isSameType
      ? []
      : [
          {
            kind: 'contentType',
            recorded: printValue(recorded.contentType),
            emulator: printValue(own.contentType)
          } as const
        ]),
    ...compareParameters(recorded, own, identities)
  ]
}

/** The differences of the names of parameters and of their order. */
export function compareNames(recorded: SentWebhook, own: SentWebhook): Finding[] {
  const [names, ownNames] = [namesOf(recorded), namesOf(own)]
  const missing = names.filter(name => !ownNames.includes(name))
  const extra = ownNames.filter(name => !names.includes(name))
  return [
    ...missing.map(
      (member): Finding => ({ kind: 'parameterMissing', member, recorded: 'it is sent', emulator: 'nothing' })
    ),
    ...extra.map(
      (member): Finding => ({ kind: 'parameterExtra', member, recorded: 'nothing', emulator: 'it is sent' })
    ),
    ...compareOrder(
      'parameterOrder',
      undefined,
      names.filter(name => ownNames.includes(name)),
      ownNames.filter(name => names.includes(name))
    )
  ]
}

const namesOf = ({ parameters }: SentWebhook): string[] => parameters.map(({ name }) => name)

function compareParameters(recorded: SentWebhook, own: SentWebhook, identities: Identities): Finding[] {
  return [
    ...compareNames(recorded, own),
    ...recorded.parameters.flatMap(({ name, value, written }): Finding[] => {
      const other = own.parameters.find(parameter => parameter.name === name)
      if (other === undefined) return []
      if (name === 'CallID' || name === 'CallAPIID') return compareCallIds(name, value, other.value, identities)
      if (identities.translate(value) !== other.value)
        return [
          {
            kind: 'value',
            member: name,
            recorded: printValue(value),
            emulator: printValue(identities.restore(other.value))
          }
        ]
      const isWritten = identities.translate(written) === other.written
      return isWritten ? [] : [{ kind: 'form', member: name, recorded: written, emulator: other.written }]
    })
  ]
}

/** Ids of calls and legs: one stands for the same leg or call in all its webhooks. */
function compareCallIds(member: string, recorded: string, own: string, identities: Identities): Finding[] {
  const [form, ownForm] = [formOfCallId(recorded), formOfCallId(own)]
  if (form !== ownForm) return [{ kind: 'form', member, recorded: form, emulator: ownForm }]
  return recorded === '' ? [] : compareIds(recorded, own, identities, member)
}
