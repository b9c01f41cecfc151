import type { AnswerOf, PartOf } from '../schema/control-api/operation.js'
import { CONTROL_API, type ControlApi, type OperationName } from '../schema/control-api.js'
import { refusalOf } from './errors.js'
import type { Answer, Transport } from './transport.js'

/** Path parameters, query and body of an operation, as far as it has them. */
export interface Input<Name extends OperationName> {
  params?: PartOf<ControlApi[Name], 'params'>
  query?: Given<PartOf<ControlApi[Name], 'query'>> | undefined
  body?: Given<PartOf<ControlApi[Name], 'body'>> | undefined
}

/** A value as a caller gives it: members that are undefined are not sent. */
export type Given<T> = T extends object ? { [K in keyof T]: Given<T[K]> | undefined } : T

/** The same type, except that its optional members may also be undefined. */
export type OptionalUndefined<T> = { [K in keyof T]: Partial<Pick<T, K>> extends Pick<T, K> ? T[K] | undefined : T[K] }

/** Sends operations of the control API over a transport. */
export interface Operations {
  /**
   * Sends an operation and returns its answer.
   * @throws ClientError when it is refused or not answered; TypeError when a path parameter is empty
   */
  send<Name extends OperationName>(name: Name, input?: Input<Name>): Promise<AnswerOf<ControlApi[Name]>>
  /** The same, for a caller that reads the status: returns the answer whatever its status. */
  exchange<Name extends OperationName>(name: Name, input?: Input<Name>): Promise<Answer>
}

/** @param transport sends each request of an operation */
export function createOperations(transport: Transport): Operations {
  const exchange: Operations['exchange'] = async (name, input = {}) =>
    transport.send(CONTROL_API[name].method, pathOf(name, input), input.body)
  return {
    exchange,
    async send<Name extends OperationName>(name: Name, input?: Input<Name>) {
      const answer = await exchange(name, input)
      const isSuccess = answer.body === undefined ? answer.status === 204 : answer.status >= 200 && answer.status <= 299
      if (!isSuccess) throw refusalOf(answer, transport.url)
      return answer.body as AnswerOf<ControlApi[Name]> // the server answers by the same row of the table
    }
  }
}

/**
 * The path of an operation below `/_emulator`, with its parameters, each percent-encoded, and its query.
 * @throws TypeError when a parameter is empty: the path would be that of another operation
 */
export function pathOf<Name extends OperationName>(name: Name, { params, query }: Input<Name> = {}): string {
  const path = CONTROL_API[name].path.replace(/\{(\w+)\}/g, (_braces, parameter: string) => {
    const value: unknown = Reflect.get(Object(params), parameter)
    if (value === undefined || value === '') throw new TypeError(`An id is needed as ${parameter}; got an empty text.`)
    return encodeURIComponent(String(value))
  })
  return path + queryOf(query)
}

function queryOf(members: object = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) query.set(name, String(value))
  }
  return query.size === 0 ? '' : `?${query}`
}
