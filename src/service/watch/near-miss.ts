import { parseUserRef, shortNumber } from '../../domain/addressing.js'
import { decodePercent } from '../../domain/decoding.js'
import { explainRoute } from '../../domain/hints/near-route.js'
import { maskTarget } from '../../domain/masking.js'
import { nearestText } from '../../domain/near-text.js'
import { textsAt } from '../../domain/request-content.js'
import { EVENT_TYPES } from '../../schema/event-type.js'
import type { Store } from '../../store/store.js'
import { contentOf, pathOf, type RecordedRequest } from './recorded-request.js'

/**
 * What comes closest to a refused request, in a sentence: another path, method, user, extension, event or type. It is
 * found when an entry is read. Undefined when the request was not refused for one of these, or nothing is near.
 * @source control-api.md "Watching and verifying"
 */
export type NearMiss = (recorded: RecordedRequest) => string | undefined

/** How many extensions, users or events are compared. More are not: a refused request must not take long. */
const MAX_COMPARED = 2_000

/** Searches the directory and the events of the whole sandbox, whatever the user of the request may reach. */
export function createNearMiss({ directory, events }: Pick<Store, 'directory' | 'events'>): NearMiss {
  /** Read once for all entries that are printed together. */
  let known: { number: string; owner: string }[] | undefined
  const forget = () => {
    known = undefined
  }
  const extensions = () => {
    if (known === undefined) void Promise.resolve().then(forget)
    known ??= directory.numbers(MAX_COMPARED)
    return known
  }

  const ownersOf = (numbers: { number: string; owner: string }[]) =>
    numbers
      .slice(0, 3)
      .map(({ number, owner }) => `${number} of user ${owner}`)
      .join(', ')

  const ofExtension = (sent: string): string | undefined => {
    const digits = digitsOf(sent)
    const written = digits === '' ? [] : extensions().filter(({ number }) => digitsOf(number) === digits)
    if (written.length > 0 && !sent.includes('*')) return `A * is missing: there is ${ownersOf(written)}.`
    if (written.length > 0) return `There is ${ownersOf(written)}.`
    const short = extensions().filter(({ number }) => shortNumber(number) === sent)
    if (short.length > 0) return `${sent} is the short number of ${ownersOf(short)}: send the extended one.`
    const called = directory.findPublic(sent)
    if (called !== undefined) return `${sent} is a public number of ${ownersOf([called])}: send the extended one.`
    const near = nearestText(
      sent,
      extensions().map(({ number }) => number)
    )
    return near && `The nearest extension is ${ownersOf(extensions().filter(({ number }) => number === near))}.`
  }

  const ofOwner = (sent: string, addressed: string | undefined): string | undefined => {
    const found = directory.findExtension(sent)
    if (found === undefined) return undefined
    const own = addressed === undefined ? [] : directory.extensionsOf(addressed)
    const others = own.slice(0, 3).map(({ number }) => number)
    const instead = others.length === 0 ? '' : ` User ${addressed} has ${others.join(', ')}.`
    return `${found.number} belongs to user ${found.owner}.${instead}`
  }

  const ofUser = (sent: string, extension: string | undefined): string | undefined => {
    const names = ['@me', '@viewer', '@owner']
    const users = directory.users().slice(0, MAX_COMPARED)
    const named = users.find(({ name }) => name.toLowerCase() === sent.toLowerCase())
    const near =
      names.find(name => name.slice(1) === sent.replace(/^@/, '').toLowerCase()) ??
      named?.id ??
      nearestText(sent, [...names, ...users.map(({ id }) => id)])
    const owner = extension === undefined ? undefined : ofOwner(extension, undefined)
    const sentences = [...(near === undefined ? [] : [`The nearest user is ${near}.`]), ...(owner ? [owner] : [])]
    return sentences.length === 0 ? undefined : sentences.join(' ')
  }

  const ofEvent = (id: string, extension: string | undefined): string | undefined => {
    const found = events.findAnywhere(id)
    if (found !== undefined) return `Event ${id} is one of extension ${found.extension} and type ${found.type}.`
    const { page } = events.listAnywhere(extension === undefined ? {} : { extension }, MAX_COMPARED)
    const near = nearestText(
      id,
      page.map(event => event.id)
    )
    return near && `The nearest event is ${near}.`
  }

  const ofKind = (sent: string): string | undefined => {
    const found = directory.findExtension(sent)
    return found && `${found.number} is of kind ${found.kind}.`
  }

  return recorded => {
    const { status, unmatched, method, type, eventId, user, answerHeaders } = recorded
    if (status < 400 || status > 501) return undefined
    const path = pathOf(recorded.target)
    if (unmatched) return explainRoute(method, maskTarget(path))
    if (status !== 400) return undefined
    const [, sentUser = ''] = /^\/[^/]+\/(?:extensions|phoneCalls)\/([^/]*)/.exec(path) ?? []
    const extension = recorded.extension ?? textsAt(contentOf(recorded).body, 'extension')?.[0]
    const addressed = decodePercent(sentUser)
    switch (answerHeaders['x-emulator-reason']) {
      case 'extension_malformed':
      case 'extension_unknown':
      case 'organization_missing':
        return extension && ofExtension(decodePercent(extension))
      case 'extension_not_owned':
        return extension && ofOwner(extension, parseUserRef(addressed).kind === 'id' ? addressed : user)
      case 'extension_self':
        return user && directory.extensionsOf(user).length > 0
          ? `There is ${ownersOf(directory.extensionsOf(user))}.`
          : undefined
      case 'extension_kind':
        return extension && ofKind(extension)
      case 'user_unknown':
        return ofUser(addressed, extension)
      case 'event_unknown':
        return eventId && ofEvent(eventId, recorded.extension)
      case 'event_type_malformed':
        return type && ofType(type)
      default:
        return undefined
    }
  }
}

/** The code of a type that was sent by its name. */
function ofType(sent: string): string | undefined {
  const near = nearestText(
    lettersOf(sent),
    EVENT_TYPES.flatMap(({ name, label }) => [name, lettersOf(label)])
  )
  const found = EVENT_TYPES.find(({ name, label }) => name === near || lettersOf(label) === near)
  return found && `The nearest type is ${found.code} (${found.label}).`
}

const digitsOf = (text: string): string => text.replace(/\D/g, '')
const lettersOf = (text: string): string => text.replace(/[^A-Za-z]/g, '')
