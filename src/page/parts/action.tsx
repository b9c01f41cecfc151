import { type Signal, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { ClientError } from '../../client/errors.js'
import type { Problem } from '../../schema/error.js'
import { Text } from './text.js'

/** Something the user does with the emulator: whether it is under way, and why it failed. */
export interface Action {
  /** Runs it. @returns what it returns; undefined when it failed: the failure is shown */
  run<Result>(act: () => Promise<Result>): Promise<Result | undefined>
  isRunning: Signal<boolean>
  failure: Signal<Failure | undefined>
}

/** Why an action failed, in the words of the API. */
export interface Failure {
  message: string
  details: readonly Problem[]
}

/** An action of a component. What was typed stays when it fails. */
export function useAction(): Action {
  const isRunning = useSignal(false)
  const failure = useSignal<Failure | undefined>(undefined)
  return {
    isRunning,
    failure,
    async run(act) {
      isRunning.value = true
      failure.value = undefined
      try {
        return await act()
      } catch (error) {
        failure.value = failureOf(error)
        return undefined
      } finally {
        isRunning.value = false
      }
    }
  }
}

/** An error as it is shown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ClientError) return { message: error.message.split('\n', 1)[0] ?? '', details: error.details }
  return { message: error instanceof Error ? error.message : String(error), details: [] }
}

/** Shows why an action failed, where it happened. */
export function Failed({ of: { failure } }: { of: Pick<Action, 'failure'> }): JSX.Element | null {
  return failure.value === undefined ? null : <FailureBox {...failure.value} />
}

/** A failure with each of its problems. */
export const FailureBox = ({ message, details }: Failure): JSX.Element => (
  <div class="failure" role="alert">
    <p>
      <Text value={message} long />
    </p>
    {details.some(detail => !message.includes(detail.message)) && (
      <ul>
        {details.map(({ path, message }) => (
          <li key={path}>
            <code>
              <Text value={path} />
            </code>{' '}
            <Text value={message} long />
          </li>
        ))}
      </ul>
    )}
  </div>
)
