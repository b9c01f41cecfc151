import type { onResponseHookHandler } from 'fastify'
import { printablePath } from '../../domain/masking.js'
import type { Activity } from '../../service/watch/activity.js'
import { isRecorded } from '../request.js'
import { sandboxNameOf, sentTargetOf } from '../server/target.js'
import { isSentByBrowser } from './browser-requests.js'
import { logOf } from './log.js'

/**
 * Logs the requests that no journal records: refused ones as activity, the others, and those that browsers send by
 * themselves, at `debug`. The sandbox of a recorded
 * request reports it. Query and headers are left out, because both can hold tokens.
 * @assumed 0012
 */
export function logUnrecorded(activity: Activity | undefined): onResponseHookHandler {
  return function logRequest(request, reply, done) {
    done()
    if (isRecorded(request)) return
    const { statusCode: status } = reply
    const isRefused = status >= 400 && !request.routeOptions.config?.probe && !isSentByBrowser(request)
    const { level } = request.log
    if (!isRefused && level !== 'debug' && level !== 'trace') return
    const reason = reply.getHeader('x-emulator-reason')
    const line = {
      sandbox: sandboxNameOf(request.raw),
      method: request.method,
      path: printablePath(sentTargetOf(request)),
      status,
      ms: Math.round(reply.elapsedTime),
      reason: typeof reason === 'string' ? reason : undefined,
      ignored: undefined,
      hint: undefined
    }
    if (isRefused) activity?.request(line)
    else logOf(request).debug(line, 'answered')
  }
}
