import type { FixtureEvent } from '../../schema/fixture.js'
import type { CorpusRequest } from '../../schema/recordings/corpus.js'
import type { SentRequest } from './replayed-request.js'

/** The values of the placeholders of the corpus. */
export interface CorpusValues {
  userId: string
  /** The extended number. */
  extension: string
  /** An event of the extension; undefined when it has none. */
  event: Pick<FixtureEvent, 'type' | 'id'> | undefined
}

/** A target that is longer than any that is accepted. */
const LONG = 9_000

/** A request of the corpus for one side. @param token the bearer token of that side */
export const sentRequestOf = (request: CorpusRequest, values: CorpusValues, token: string): SentRequest => ({
  method: request.method,
  target: fill(request.target, values).replaceAll('{token}', encodeURIComponent(token)),
  headers: [
    ['Accept', 'application/json'],
    ...credentialsOf(request.credentials ?? 'token', token),
    ...Object.entries(request.headers ?? {})
  ],
  body: request.body === undefined ? undefined : new TextEncoder().encode(request.body)
})

/** The target of a request in reports: without the token, and without long values. */
export const printTarget = ({ target }: CorpusRequest, values: CorpusValues): string =>
  fill(target.replaceAll('{long}', '…'), values)

/** Why a request cannot be sent; undefined when it can. */
export const missingFor = ({ target }: CorpusRequest, { event }: CorpusValues): string | undefined =>
  event === undefined && target.includes('{event')
    ? 'the extension has no phone call event: create one to compare it'
    : undefined

const fill = (target: string, { userId, extension, event }: CorpusValues): string =>
  target
    .replaceAll('{userId}', userId)
    .replaceAll('{extension}', extension)
    .replaceAll('{short}', extension.slice(extension.indexOf('*') + 1))
    .replaceAll('{eventType}', event?.type ?? '')
    .replaceAll('{eventId}', event?.id ?? '')
    .replaceAll('{long}', 'a'.repeat(LONG))

const UNKNOWN = 'uapi-emulator-unknown'

function credentialsOf(
  kind: NonNullable<CorpusRequest['credentials']>,
  token: string
): [name: string, value: string][] {
  switch (kind) {
    case 'token':
      return [['Authorization', `Bearer ${token}`]]
    case 'lowerCase':
      return [['Authorization', `bearer ${token}`]]
    case 'unknownToken':
      return [['Authorization', `Bearer ${UNKNOWN}`]]
    case 'unknownSession':
      return [
        ['Cookie', `vn=${UNKNOWN}; xsrf-token=${UNKNOWN}`],
        ['x-xsrf-token', UNKNOWN]
      ]
    case 'none':
      return []
  }
}
