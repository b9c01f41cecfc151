import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'

/** How many requests were answered, of one operation. */
export interface AnswerCount {
  surface: string
  operation: string
  /** By the class of their status: those with 2xx stand at 2. */
  classes: number[]
}

const SURFACES: Readonly<Record<string, string>> = { '/uapi': 'uapi', '/oauth': 'oauth', '/_emulator': 'control' }

/**
 * Counts the answers of every route that is declared after it: for a request it adds one to a number.
 * @returns the counts so far, of all sandboxes together
 */
export function countAnswers(app: FastifyInstance): () => readonly AnswerCount[] {
  const counts = new Map<string, AnswerCount>()
  const countOf = (surface: string, operation: string): AnswerCount => {
    const key = `${surface} ${operation}`
    const count = counts.get(key) ?? { surface, operation, classes: [0, 0, 0, 0, 0, 0] }
    counts.set(key, count)
    return count
  }
  const unmatched = countOf('none', 'unmatched')

  app.addHook('onRoute', route => {
    const { config, schema, path, prefix } = route
    const operation = config?.operation ?? operationIdOf(schema) ?? path
    route.config = { ...config, answers: countOf(SURFACES[prefix] ?? 'web', operation) }
  })
  app.addHook('onResponse', function count(request, reply, done) {
    countAnswer(request, reply, unmatched)
    done()
  })
  return () => [...counts.values()]
}

/** Counts an answer that is not finished, and so passes no hook, because its client went. */
export function countAnswer(
  { routeOptions }: FastifyRequest,
  { statusCode }: FastifyReply,
  otherwise?: AnswerCount
): void {
  const classes = (routeOptions.config?.answers ?? otherwise)?.classes
  const at = Math.trunc(statusCode / 100)
  if (classes) classes[at] = (classes[at] ?? 0) + 1
}

const operationIdOf = (schema: RouteOptions['schema']): string | undefined => {
  const id: unknown = Reflect.get(schema ?? {}, 'operationId') // what the documents call it
  return typeof id === 'string' ? id : undefined
}
