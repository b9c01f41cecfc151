import type { JSX } from 'preact'
import { type Action, type Failure, FailureBox } from '../../parts/action.js'

/** What is wrong with a member of the body that was sent; undefined when nothing is. */
export const problemAt = (failure: Failure | undefined, name: string): string | undefined =>
  failure?.details.find(({ path }) => path === `$.${name}`)?.message

/** Why a form was refused, without the problems that stand at its fields. */
export function FieldFailure({
  of: { failure },
  fields
}: {
  of: Pick<Action, 'failure'>
  fields: readonly string[]
}): JSX.Element | null {
  if (failure.value === undefined) return null
  const { message, details } = failure.value
  const rest = details.filter(({ path }) => !fields.includes(path.slice(2)))
  return <FailureBox message={message} details={rest} />
}
