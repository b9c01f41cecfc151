import { TokenResponse } from '../../../schema/error.js'
import { OAUTH_ERRORS } from '../../errors/oauth.js'
import { membersOf } from '../resources.js'
import { isSuccess, type SeenExchange } from '../seen-exchange.js'
import { quote, type Report } from './findings.js'
import { createShapeCheck } from './shape.js'

const checkToken = createShapeCheck('The answer with a token', TokenResponse)

/** Reports what the OAuth endpoints of the emulator would answer differently. @source contract §7 */
export function readOAuthExchange(seen: SeenExchange, report: Report): void {
  const { operation, status = 0, answer, place } = seen
  if (operation === 'authorize') {
    if (status >= 500) report('status', `The consent page answers ${status}.`, place)
    return
  }
  if (isSuccess(seen)) {
    if (status !== 200) report('status', `The token endpoint succeeds with ${status}; in the emulator with 200.`, place)
    for (const text of checkToken(membersOf(answer))) report('body', text, place)
    return
  }
  const { error } = membersOf(answer)
  if (typeof error !== 'string') {
    report(
      'error',
      `The token endpoint refuses with ${status} and another body than {"error","error_description"}.`,
      place
    )
    return
  }
  const expected = Object.hasOwn(OAUTH_ERRORS, error) ? Reflect.get(OAUTH_ERRORS, error) : undefined
  if (expected === undefined)
    report(
      'error',
      `The token endpoint refuses with ${status} and the code ${quote(error)}, which the emulator has not.`,
      place
    )
  else if (expected !== status && !HTTP_STATUSES.has(status))
    report('status', `The token endpoint refuses with ${error} and ${status}; in the emulator with ${expected}.`, place)
}

/** The statuses of HTTP itself, for which RFC 6749 has no codes. */
const HTTP_STATUSES: ReadonlySet<number> = new Set([404, 405, 413, 414, 415, 431, 503])
