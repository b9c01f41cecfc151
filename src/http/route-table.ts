import type { FastifyInstance } from 'fastify'

/** The methods of the routes that match a URL; empty when none does. A query is ignored. */
export type MethodsAt = (url: string) => string[]

/**
 * Collects the routes that a scope registers afterwards, from which the answer to an unknown method is derived.
 * @returns the lookup, which scans all routes: use it for refused requests only
 */
export function collectRoutes(app: FastifyInstance): MethodsAt {
  const routes: { segments: string[]; methods: string[] }[] = []
  app.addHook('onRoute', ({ path, method }) => {
    routes.push({ segments: segmentsOf(path), methods: [method].flat() })
  })
  return url => {
    const sent = segmentsOf(url.replace(/\?.*$/s, ''))
    return routes.filter(({ segments }) => isMatch(segments, sent)).flatMap(({ methods }) => methods)
  }
}

/** The segments of a path; one trailing slash is ignored, as the router does. */
const segmentsOf = (path: string): string[] => path.replace(/\/$/, '').split('/')

const isMatch = (pattern: string[], sent: string[]): boolean =>
  pattern.length === sent.length && pattern.every((segment, at) => segment.startsWith(':') || segment === sent[at])
