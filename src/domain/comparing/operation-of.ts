import { VENDOR_ROUTES } from '../../schema/control-api/vendor-routes.js'
import { decodePercent } from '../decoding.js'

/** The operation of a request, for reports: its method, and its path with the parameters in braces. */
export function operationOf(method: string, target: string): string {
  const path = (target.replace(/^https?:\/\/[^/?#]*/i, '').split('?')[0] ?? '').replace(
    /^\/unifiedapi(?=\/|$)/,
    '/uapi'
  )
  const segments = segmentsOf(path)
  const routes = VENDOR_ROUTES.filter(route => matches(segmentsOf(route.path), segments))
  const route = routes.find(({ methods }) => methods.includes(method)) ?? routes[0]
  return `${method} ${route === undefined ? path : printRoute(route.path)}`
}

/** Empty segments in the middle stand for values that were left out; a trailing slash does not count. */
const segmentsOf = (path: string): string[] => path.replace(/\/$/, '').split('/').slice(1)

const matches = (pattern: readonly string[], sent: readonly string[]): boolean =>
  pattern.length === sent.length &&
  pattern.every((segment, at) => segment.startsWith(':') || segment === (decodePercent(sent[at] ?? '') ?? sent[at]))

const printRoute = (path: string): string => path.replace(/:(\w+)/g, '{$1}')
